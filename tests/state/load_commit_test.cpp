// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ingot/io/crc32.hpp>
#include <ingot/io/source.hpp>
#include <ingot/state/dict.hpp>
#include <ingot/state/load.hpp>
#include <ingot/storage/std_vector.hpp>
#include <ingot/storage/tensor.hpp>

namespace load_commit_test {
namespace {

using ingot::dict;
using ingot::load_state_dict;
using ingot::tensor;

/// A file in memory that notes which offsets were read.
class noting_source final : public ingot::source {
 public:
  const std::string& name() const noexcept override { return name_; }
  std::uint64_t size() const noexcept override { return bytes.size(); }
  void read(std::uint64_t offset, std::span<std::byte> into) const override {
    reads.emplace_back(offset, into.size());
    std::memcpy(into.data(), bytes.data() + offset, into.size());
  }

  std::vector<std::byte> bytes;
  mutable std::vector<std::pair<std::uint64_t, std::size_t>> reads;

 private:
  std::string name_ = "model.pt";
};

struct file {
  std::shared_ptr<noting_source> source = std::make_shared<noting_source>();

  /// Appends numbers and returns the storage that they are.
  template <class T>
  ingot::storage_ptr add(const std::vector<T>& numbers, bool big_endian = false) {
    const auto bytes = std::as_bytes(std::span(numbers));
    const std::size_t offset = source->bytes.size();
    source->bytes.insert(source->bytes.end(), bytes.begin(), bytes.end());
    return std::make_shared<const ingot::storage>(
        ingot::extent{.from = source,
                      .offset = offset,
                      .size = bytes.size(),
                      .record = "data/" + std::to_string(offset),
                      .crc = ingot::crc32(0, bytes),
                      .big_endian = big_endian});
  }
};

ingot::tensor_data view_of(ingot::storage_ptr bytes, ingot::shape extents,
                           ingot::dtype type = ingot::dtype::float32) {
  ingot::strides steps = ingot::contiguous_strides(extents);
  return {.bytes = std::move(bytes),
          .type = type,
          .shape = std::move(extents),
          .strides = std::move(steps)};
}

struct pair_of_tensors {
  tensor<float> a, b;
};

/// Memory that the host can't reach but through the space's functions: addresses are off by one.
struct device {
  static std::byte* real(void* address) { return static_cast<std::byte*>(address) - 1; }
  static void* allocate(const ingot::memory_space&, std::size_t bytes) {
    return static_cast<std::byte*>(::operator new(bytes)) + 1;
  }
  static void deallocate(const ingot::memory_space&, void* data, std::size_t) noexcept {
    ::operator delete(real(data));
  }
  static void copy_in(const ingot::memory_space&, void* to, const void* from, std::size_t bytes) {
    largest_copy = std::max(largest_copy, bytes);
    std::memcpy(real(to), from, bytes);
  }
  static void copy_out(const ingot::memory_space&, void* to, const void* from, std::size_t bytes) {
    std::memcpy(to, static_cast<const std::byte*>(from) - 1, bytes);
  }
  static inline std::size_t largest_copy = 0;
};
constexpr ingot::memory_space device_space{
    "cuda", 0, false, device::allocate, device::deallocate, device::copy_in, device::copy_out};

template <class T>
struct device_allocator {
  using value_type = T;
  T* allocate(std::size_t count) {
    return static_cast<T*>(device::allocate(device_space, count * sizeof(T)));
  }
  void deallocate(T* data, std::size_t count) noexcept {
    device::deallocate(device_space, data, count * sizeof(T));
  }
  const ingot::memory_space& space() const noexcept { return device_space; }
};

template <class T>
std::vector<T> from_device(const tensor<T, device_allocator<T>>& of) {
  std::vector<T> result(of.size());
  device::copy_out(device_space, result.data(), of.data(), of.size() * sizeof(T));
  return result;
}

template <class Load>
std::string message_of_failure(Load load) {
  try {
    load();
  } catch (const ingot::format_error& failure) {
    return failure.what();
  }
  FAIL("no format_error");
  return {};
}

}  // namespace

TEST_CASE("storages are read in the order of the file, each once") {
  file from;
  const auto first = from.add<float>({1, 2});
  from.source->bytes.resize(10'000);  // too far to be read along
  const auto second = from.add<float>({3, 4});
  pair_of_tensors model;
  load_state_dict(model, dict{{"a", view_of(second, {2})}, {"b", view_of(first, {2})}});
  CHECK(from.source->reads ==
        std::vector<std::pair<std::uint64_t, std::size_t>>{{0, 8}, {10'000, 8}});
  CHECK(model.a[0] == 3);
  CHECK(model.b[1] == 2);
}

TEST_CASE("small storages that lie close together are read at once, and checked one by one") {
  file from;
  const auto first = from.add<float>({1, 2});
  from.source->bytes.resize(64);
  const auto second = from.add<float>({3, 4});
  const auto state = dict{{"a", view_of(first, {2})}, {"b", view_of(second, {2})}};
  pair_of_tensors model;
  load_state_dict(model, state);
  CHECK(from.source->reads == std::vector<std::pair<std::uint64_t, std::size_t>>{{0, 72}});
  CHECK(model.b[0] == 3);
  from.source->bytes[64] ^= std::byte{1};
  const std::string message = message_of_failure([&] { load_state_dict(model, state); });
  CHECK(message.find("data/64") != std::string::npos);
}

TEST_CASE("a large storage is read by itself") {
  file from;
  const auto first = from.add<float>(std::vector<float>(5'000, 1.0f));
  const auto second = from.add<float>({3, 4});
  pair_of_tensors model;
  load_state_dict(model, dict{{"a", view_of(first, {5'000})}, {"b", view_of(second, {2})}});
  CHECK(from.source->reads ==
        std::vector<std::pair<std::uint64_t, std::size_t>>{{0, 20'000}, {20'000, 8}});
}

TEST_CASE("two views of one storage are read once") {
  file from;
  const auto shared = from.add<float>({1, 2, 3, 4, 5, 6});
  ingot::tensor_data tail = view_of(shared, {2});
  tail.offset = 4;
  ingot::tensor_data transposed = view_of(shared, {2, 2});
  transposed.strides = {1, 2};
  pair_of_tensors model;
  load_state_dict(model, dict{{"a", tail}, {"b", transposed}});
  CHECK(from.source->reads.size() == 1);
  CHECK(std::ranges::equal(model.a, std::vector<float>{5, 6}));
  CHECK(std::ranges::equal(model.b, std::vector<float>{1, 3, 2, 4}));
}

TEST_CASE("bytes go straight into the model's memory") {
  file from;
  const auto stored = from.add<float>({1, 2});
  pair_of_tensors model{tensor<float>({2}), tensor<float>({2})};
  const ingot::value state = dict{{"a", view_of(stored, {2})}, {"b", tensor<float>({2})}};
  load_state_dict(model, state);
  CHECK(from.source->reads.size() == 1);
  CHECK(model.a[1] == 2);
}

TEST_CASE("big-endian bytes are turned round") {
  file from;
  std::vector<float> numbers{1, 2, 3};
  auto bytes = std::as_writable_bytes(std::span(numbers));
  for (std::size_t i = 0; i < bytes.size(); i += 4) std::reverse(&bytes[i], &bytes[i] + 4);
  const auto stored = from.add(numbers, true);
  ingot::tensor_data part = view_of(stored, {2});
  part.offset = 1;
  struct one {
    tensor<float> a;
  } model;
  load_state_dict(model, dict{{"a", view_of(stored, {3})}});
  CHECK(std::ranges::equal(model.a, std::vector<float>{1, 2, 3}));
  one other;
  load_state_dict(other, dict{{"a", part}});
  CHECK(std::ranges::equal(other.a, std::vector<float>{2, 3}));
  struct wide {
    tensor<double> a;
  } converted;
  load_state_dict(converted, dict{{"a", part}}, {.cast = true});
  CHECK(std::ranges::equal(converted.a, std::vector<double>{2, 3}));
}

TEST_CASE("damaged data is an error that names what had already changed") {
  file from;
  const auto first = from.add<float>({1, 2});
  const auto second = from.add<float>({3, 4});
  from.source->bytes.back() ^= std::byte{1};
  const dict state{{"a", view_of(first, {2})}, {"b", view_of(second, {2})}};
  pair_of_tensors model{tensor<float>({2}), tensor<float>({2})};
  const std::string message = message_of_failure([&] { load_state_dict(model, state); });
  CHECK(message.find("model.pt: data/8") == 0);
  CHECK(message.find("these had already changed: a, b") != std::string::npos);
  CHECK(model.a[0] == 1);

  pair_of_tensors empty;
  CHECK(message_of_failure([&] { load_state_dict(empty, state); }).find("nothing was changed") !=
        std::string::npos);
  CHECK(!empty.a.defined());
}

TEST_CASE("a wrong checksum of an empty tensor is damage, too, before anything changes") {
  file from;
  const auto stored = from.add<float>({1, 2});
  const auto empty = std::make_shared<const ingot::storage>(
      ingot::extent{.from = from.source, .size = 0, .record = "data/empty", .crc = 1});
  const ingot::tensor_data damaged = view_of(empty, {0, 2});
  const ingot::value state = dict{{"a", view_of(stored, {2})}, {"b", damaged}};
  pair_of_tensors model{tensor<float>({2}), tensor<float>({0, 2})};
  const std::string message = message_of_failure([&] { load_state_dict(model, state); });
  CHECK(message.find("model.pt: data/empty") == 0);
  CHECK(model.a[0] == 0);
  CHECK_THROWS_AS((void)state.clone(), ingot::format_error);
  CHECK_THROWS_AS(ingot::read_tensor(damaged, ingot::tensor_view(nullptr, damaged.type, {0, 2})),
                  ingot::format_error);
}

TEST_CASE("all_or_nothing leaves the model as it was when data is damaged") {
  file from;
  const auto first = from.add<float>({1, 2});
  const auto second = from.add<float>({3, 4});
  const dict state{{"a", view_of(first, {2})}, {"b", view_of(second, {2})}};
  pair_of_tensors model{tensor<float>({2}), tensor<float>({2})};
  const float* before = model.a.data();
  from.source->bytes.back() ^= std::byte{1};
  CHECK(message_of_failure([&] {
          load_state_dict(model, state, {.all_or_nothing = true});
        }).find("nothing was changed") != std::string::npos);
  CHECK(model.a[0] == 0);
  from.source->bytes.back() ^= std::byte{1};
  load_state_dict(model, state, {.all_or_nothing = true});
  CHECK(model.a[1] == 2);
  CHECK(model.b[1] == 4);
  CHECK(model.a.data() == before);
}

TEST_CASE("device memory is written through its space, in bounded pieces") {
  struct on_device {
    tensor<float, device_allocator<float>> whole, part;
    tensor<double, device_allocator<double>> converted;
  };
  std::vector<float> numbers(500'000);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i);
  file from;
  const auto stored = from.add(numbers);
  const auto again = from.add(numbers);
  const auto more = from.add(numbers);
  ingot::tensor_data part = view_of(again, {2});
  part.strides = {3};
  part.offset = 7;
  const dict state{{"whole", view_of(stored, {1000, 500})},
                   {"part", part},
                   {"converted", view_of(more, {500'000})}};
  for (const bool all_or_nothing : {false, true}) {
    on_device model;
    device::largest_copy = 0;
    load_state_dict(model, state, {.cast = true, .all_or_nothing = all_or_nothing});
    CHECK(from_device(model.whole) == numbers);
    CHECK(from_device(model.part) == std::vector<float>{7, 10});
    CHECK(from_device(model.converted) == std::vector<double>(numbers.begin(), numbers.end()));
    CHECK(device::largest_copy <= std::size_t{1} << 20);
    std::vector<float> zeros(500'000);
    device::copy_in(device_space, model.whole.data(), zeros.data(), 2'000'000);
    load_state_dict(model, state, {.cast = true, .all_or_nothing = all_or_nothing});
    CHECK(from_device(model.whole) == numbers);
  }
}

TEST_CASE("damage in what goes to a device is found") {
  struct on_device {
    tensor<float, device_allocator<float>> a;
  } model;
  file from;
  const auto stored = from.add<float>({1, 2});
  from.source->bytes.front() ^= std::byte{1};
  CHECK(message_of_failure([&] {
          load_state_dict(model, dict{{"a", view_of(stored, {2})}});
        }).find("CRC") != std::string::npos);
}

TEST_CASE("an empty tensor needs no bytes of its storage") {
  file from;
  const auto stored = from.add<float>({1, 2});
  struct one {
    tensor<float> a;
  } model;
  load_state_dict(model, dict{{"a", view_of(stored, {0, 3})}});
  CHECK(model.a.shape() == ingot::shape{0, 3});
  CHECK(from.source->reads.empty());
}

}  // namespace load_commit_test
