// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ingot/core/element.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/io/memory_source.hpp>
#include <ingot/state/materialized_size.hpp>
#include <ingot/state/read.hpp>
#include <ingot/state/value.hpp>

namespace read_test {

using ingot::dtype;
using ingot::shape;
using ingot::strides;
using ingot::tensor_data;
using ingot::tensor_view;

namespace {

/// A file in memory that counts what is read from it.
class counting_source final : public ingot::source {
 public:
  explicit counting_source(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  const std::string& name() const noexcept override { return name_; }
  std::uint64_t size() const noexcept override { return bytes_.size(); }
  void read(std::uint64_t offset, std::span<std::byte> into) const override {
    REQUIRE(offset + into.size() <= bytes_.size());
    if (!into.empty()) std::memcpy(into.data(), bytes_.data() + offset, into.size());
    count += into.size();
  }

  mutable std::uint64_t count = 0;

 private:
  std::vector<std::byte> bytes_;
  std::string name_ = "model.pt";
};

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& elements) {
  const auto bytes = std::as_bytes(std::span(elements));
  return {bytes.begin(), bytes.end()};
}

/// A 1-d tensor that is all of an extent; `before` bytes of the file come first.
struct stored {
  std::vector<std::byte> bytes;
  dtype type = dtype::float32;
  std::size_t before = 3;
  bool big_endian = false;
  std::optional<std::uint32_t> crc{};

  tensor_data tensor() const {
    std::vector<std::byte> file(before, std::byte{0xee});
    file.insert(file.end(), bytes.begin(), bytes.end());
    file.push_back(std::byte{0xdd});
    tensor_data result;
    result.bytes = std::make_shared<const ingot::storage>(
        ingot::extent{.from = std::make_shared<const counting_source>(std::move(file)),
                      .offset = before,
                      .size = bytes.size(),
                      .record = "data/0",
                      .crc = crc,
                      .big_endian = big_endian});
    result.type = type;
    result.shape = {static_cast<std::int64_t>(bytes.size() / ingot::size_of(type))};
    result.strides = {1};
    return result;
  }
};

std::uint64_t bytes_read(const tensor_data& from) {
  return static_cast<const counting_source&>(*from.bytes->file()->from).count;
}

template <class T>
std::vector<T> read(const tensor_data& from) {
  std::vector<T> result(static_cast<std::size_t>(*ingot::element_count(from.shape)));
  ingot::read_tensor(
      from, tensor_view(reinterpret_cast<std::byte*>(result.data()), from.type, from.shape));
  return result;
}

template <class T>
tensor_data of(const std::vector<T>& elements) {
  return stored{.bytes = bytes_of(elements), .type = ingot::element_traits<T>::type}.tensor();
}

}  // namespace

TEST_CASE("a whole tensor goes from the file to its place in one reading") {
  const std::vector<float> elements{1, 2, 3, 4};
  const tensor_data tensor = of(elements);
  CHECK(read<float>(tensor) == elements);
  CHECK(bytes_read(tensor) == 16);
}

TEST_CASE("a tensor in memory is read from there, whatever its strides") {
  const std::vector<std::int64_t> elements{0, 1, 2, 3, 4, 5};
  tensor_data tensor;
  tensor.bytes = std::make_shared<const ingot::storage>(
      reinterpret_cast<const std::byte*>(elements.data()), 48);
  tensor.type = dtype::int64;
  tensor.shape = {3, 2};
  tensor.strides = {1, 3};
  CHECK(read<std::int64_t>(tensor) == std::vector<std::int64_t>{0, 3, 1, 4, 2, 5});
  tensor.shape = {};
  tensor.strides = {};
  tensor.offset = 5;
  CHECK(read<std::int64_t>(tensor) == std::vector<std::int64_t>{5});
  tensor.shape = {2, 2};
  tensor.strides = {0, 1};
  tensor.offset = 1;
  CHECK(read<std::int64_t>(tensor) == std::vector<std::int64_t>{1, 2, 1, 2});
}

TEST_CASE("the destination's strides are kept to") {
  std::array<float, 7> into{};
  ingot::read_tensor(of<float>({1, 2, 3, 4}), tensor_view(reinterpret_cast<std::byte*>(into.data()),
                                                          dtype::float32, shape{4}, strides{2}));
  CHECK(into == std::array<float, 7>{1, 0, 2, 0, 3, 0, 4});
}

TEST_CASE("a tensor without elements reads nothing") {
  tensor_data tensor = of<float>({});
  CHECK(read<float>(tensor).empty());
  tensor.shape = {0, 4};
  tensor.strides = {4, 1};
  CHECK(read<float>(tensor).empty());
  CHECK(bytes_read(tensor) == 0);
}

TEST_CASE("the right checksum is no news, a wrong one is damage by name") {
  const auto bytes = bytes_of(std::vector<float>{1, 2, 3, 4});
  const std::uint32_t crc = ingot::crc32(0, bytes);
  CHECK(read<float>(stored{.bytes = bytes, .crc = crc}.tensor())[3] == 4);

  const tensor_data damaged = stored{.bytes = bytes, .crc = crc ^ 1u}.tensor();
  try {
    read<float>(damaged);
    FAIL("damage wasn't seen");
  } catch (const ingot::format_error& failure) {
    CHECK(failure.info().file == "model.pt");
    CHECK(failure.info().where == "data/0");
    CHECK(failure.info().expected ==
          "bytes with the CRC-32 " + ingot::detail::hexadecimal(crc ^ 1u));
    CHECK(failure.info().found == ingot::detail::hexadecimal(crc));
  }
  tensor_data part = damaged;
  part.shape = {2};
  CHECK_THROWS_AS(read<float>(part), ingot::format_error);
  CHECK_THROWS_AS(read<float>(part), ingot::format_error);  // and it isn't believed the next time
}

TEST_CASE("a checksum is computed over more than one piece") {
  std::vector<std::uint8_t> elements(1'000'003);
  for (std::size_t i = 0; i < elements.size(); ++i) elements[i] = static_cast<std::uint8_t>(i * 7);
  const auto bytes = bytes_of(elements);
  stored whole{.bytes = bytes, .type = dtype::uint8, .crc = ingot::crc32(0, bytes)};
  CHECK(read<std::uint8_t>(whole.tensor()) == elements);
  whole.bytes[999'999] ^= std::byte{1};
  CHECK_THROWS_AS(read<std::uint8_t>(whole.tensor()), ingot::format_error);
}

TEST_CASE("of many views of one storage only the first reads all of it") {
  const std::vector<float> elements(1000, 2.5f);
  const auto bytes = bytes_of(elements);
  for (const bool checked : {false, true}) {
    stored whole{.bytes = bytes};
    if (checked) whole.crc = ingot::crc32(0, bytes);
    tensor_data view = whole.tensor();
    view.shape = {2, 2};
    view.strides = {1, 1};
    for (view.offset = 0; view.offset < 990; ++view.offset) {
      CHECK(read<float>(view) == std::vector<float>(4, 2.5f));
    }
    CHECK(bytes_read(view) == (checked ? 4000 : 0) + 990 * 12);
  }
}

TEST_CASE("big-endian elements are turned to the host's order, complex parts each") {
  const auto swapped = [](std::vector<std::byte> bytes, dtype type) {
    const auto unit = static_cast<std::ptrdiff_t>(ingot::info(type).swap);
    for (auto at = bytes.begin(); at != bytes.end(); at += unit) std::reverse(at, at + unit);
    return stored{.bytes = bytes, .type = type, .big_endian = true}.tensor();
  };
  const std::vector<std::int16_t> shorts{1, -2, 300};
  CHECK(read<std::int16_t>(swapped(bytes_of(shorts), dtype::int16)) == shorts);
  const std::vector<double> doubles{1.5, -2.25};
  CHECK(read<double>(swapped(bytes_of(doubles), dtype::float64)) == doubles);
  const std::vector<std::complex<float>> numbers{{1, 2}, {-3, 0.5f}};
  CHECK(read<std::complex<float>>(swapped(bytes_of(numbers), dtype::complex64)) == numbers);
  const std::vector<std::uint8_t> octets{1, 2, 3};
  CHECK(read<std::uint8_t>(swapped(bytes_of(octets), dtype::uint8)) == octets);

  tensor_data view = swapped(bytes_of(shorts), dtype::int16);
  view.shape = {2};
  view.strides = {2};
  CHECK(read<std::int16_t>(view) == std::vector<std::int16_t>{1, 300});
}

TEST_CASE("conjugate and negative views give the numbers that PyTorch shows") {
  using number = std::complex<double>;
  const std::vector<number> numbers{{1, 2}, {-3, 0.5}};
  tensor_data tensor = of(numbers);
  tensor.conjugate = true;
  CHECK(read<number>(tensor) == std::vector<number>{{1, -2}, {-3, -0.5}});
  tensor.negative = true;
  CHECK(read<number>(tensor) == std::vector<number>{{-1, 2}, {3, 0.5}});
  tensor.conjugate = false;
  CHECK(read<number>(tensor) == std::vector<number>{{-1, -2}, {3, -0.5}});
  tensor.shape = {1};
  tensor.offset = 1;
  CHECK(read<number>(tensor) == std::vector<number>{{3, -0.5}});

  tensor_data reals = of<double>({1, -2});
  reals.conjugate = true;  // means nothing for them
  CHECK(read<double>(reals) == std::vector<double>{1, -2});
}

TEST_CASE("negative views exist for floats and integers, and for nothing else") {
  const auto check = [](auto before, auto after) {
    tensor_data tensor = of(before);
    tensor.negative = true;
    CHECK(read<typename decltype(after)::value_type>(tensor) == after);
  };
  check(std::vector<float>{1, -2.5f, 0}, std::vector<float>{-1, 2.5f, 0});
  check(std::vector<double>{1, -2.5}, std::vector<double>{-1, 2.5});
  check(std::vector<ingot::bfloat16>{ingot::bfloat16(1.5f)},
        std::vector<ingot::bfloat16>{ingot::bfloat16(-1.5f)});
  check(std::vector<std::int64_t>{1, -256, 0}, std::vector<std::int64_t>{-1, 256, 0});
  check(std::vector<std::int32_t>{1, std::numeric_limits<std::int32_t>::min()},
        std::vector<std::int32_t>{-1, std::numeric_limits<std::int32_t>::min()});
  check(std::vector<std::int16_t>{1, -256}, std::vector<std::int16_t>{-1, 256});
  check(std::vector<std::uint8_t>{1, 0}, std::vector<std::uint8_t>{255, 0});
  for (const dtype type : {dtype::boolean, dtype::float8_e4m3fn, dtype::float8_e8m0fnu,
                           dtype::float4_e2m1fn_x2, dtype::bits8, dtype::quint8}) {
    tensor_data tensor = stored{.bytes = std::vector<std::byte>(2), .type = type}.tensor();
    tensor.negative = true;
    std::array<std::byte, 2> into{};
    CHECK_THROWS_AS(ingot::read_tensor(tensor, tensor_view(into.data(), type, shape{2})),
                    ingot::value_error);
  }
}

TEST_CASE("a destination of another shape or dtype is refused by name") {
  std::array<float, 4> into{};
  const tensor_view view(reinterpret_cast<std::byte*>(into.data()), dtype::float32, shape{2, 2});
  CHECK_THROWS_WITH_AS(ingot::read_tensor(of<float>({1, 2, 3, 4}), view, "fc.weight"),
                       "fc.weight: expected float32 [2, 2], found float32 [4]", ingot::value_error);
  CHECK_THROWS_WITH_AS(
      ingot::read_tensor(of<std::int32_t>({1, 2, 3, 4}),
                         tensor_view(view.data(), dtype::float32, shape{4}), "fc.weight"),
      "fc.weight: expected float32 [4], found int32 [4]", ingot::value_error);
}

TEST_CASE("sparse and meta tensors have no elements to read") {
  tensor_data tensor;
  tensor.layout = ingot::layout::sparse_coo;
  std::array<float, 1> into{};
  const tensor_view view(reinterpret_cast<std::byte*>(into.data()), dtype::float32, shape{});
  CHECK_THROWS_WITH_AS(ingot::read_tensor(tensor, view, "x"),
                       "x: expected a strided tensor, found sparse_coo tensor", ingot::value_error);
  tensor.layout = ingot::layout::meta;
  CHECK_THROWS_AS(ingot::read_tensor(tensor, view, "x"), ingot::value_error);
}

TEST_CASE("elements outside of their storage are refused, not read") {
  tensor_data tensor = of<float>({1, 2, 3, 4});
  tensor.offset = 1;
  CHECK_THROWS_AS(read<float>(tensor), ingot::value_error);
  tensor.offset = 0;
  tensor.strides = {};
  CHECK_THROWS_AS(read<float>(tensor), ingot::value_error);
}

TEST_CASE("few bytes that say they are many are refused before memory is taken for them") {
  tensor_data tensor = of<float>({1});
  tensor.shape = {std::int64_t{1} << 50};
  tensor.strides = {0};
  CHECK_THROWS_WITH_AS(
      ingot::detail::materialized_size(tensor, "bomb"),
      "bomb: expected at most 64 MiB, or 1032 times the stored bytes (4), found "
      "[1125899906842624] of expanded (stride 0) elements; make it contiguous before it is saved: "
      "tensor.contiguous()",
      ingot::value_error);
  tensor.shape = {4096, 4096};  // a mask that a user expanded
  tensor.strides = {0, 0};
  CHECK(ingot::detail::materialized_size(tensor, "mask") == std::size_t{64} << 20);
  tensor.shape = {4096, 4097};
  CHECK_THROWS_AS(ingot::detail::materialized_size(tensor, "mask"), ingot::value_error);
}

TEST_CASE("many masks are refused where all of them are out of proportion to all storages") {
  tensor_data mask = of<float>({1});
  mask.shape = {1024, 1024};
  mask.strides = {0, 0};
  ingot::detail::materialized_sizes sizes;
  for (int i = 0; i < 16; ++i) CHECK(sizes.add(mask, "mask") == std::size_t{4} << 20);
  sizes.check();  // 64 MiB
  sizes.add(mask, "one.more");
  CHECK_THROWS_WITH_AS(sizes.check(),
                       "one.more: expected at most 64 MiB, or 1032 times the stored bytes (4), "
                       "found elements of 68 MiB, with the tensors before it, many of them "
                       "expanded (stride 0); make it contiguous before it is saved: "
                       "tensor.contiguous()",
                       ingot::value_error);
  const tensor_data weight = of<float>(std::vector<float>(20'000));
  for (int i = 0; i < 3; ++i) sizes.add_stored(weight);  // each storage counts once
  sizes.check();
  for (int i = 0; i < 3; ++i) sizes.add(mask, "mask");  // 80 MiB
  CHECK_THROWS_AS(sizes.check(), ingot::value_error);
}

TEST_CASE("memory that has an expanded tensor's shape is filled, whatever its size") {
  tensor_data tensor = of<std::uint8_t>({7});
  tensor.shape = {(std::int64_t{64} << 20) + 1};
  tensor.strides = {0};
  const auto all = read<std::uint8_t>(tensor);
  CHECK(all.size() == (std::size_t{64} << 20) + 1);
  CHECK(std::count(all.begin(), all.end(), std::uint8_t{7}) == std::ssize(all));
}

namespace {
// Memory that the host may reach only through the space's functions, as on a GPU.
std::size_t device_copies = 0;
void copy_to_device(const ingot::memory_space&, void* to, const void* from, std::size_t bytes) {
  ++device_copies;
  std::memcpy(to, from, bytes);
}
constexpr ingot::memory_space device_space{"cuda",
                                           0,
                                           false,
                                           ingot::detail::host_allocate,
                                           ingot::detail::host_deallocate,
                                           copy_to_device,
                                           copy_to_device};
}  // namespace

TEST_CASE("device memory is written and read through its space, in whole tensors") {
  std::array<float, 4> memory{};
  const auto data = reinterpret_cast<std::byte*>(memory.data());
  device_copies = 0;
  ingot::read_tensor(of<float>({1, 2, 3, 4}),
                     tensor_view(data, dtype::float32, shape{4}, device_space));
  CHECK(device_copies == 1);
  CHECK(memory == std::array<float, 4>{1, 2, 3, 4});
  CHECK_THROWS_AS(ingot::read_tensor(of<float>({1, 2}), tensor_view(data, dtype::float32, shape{2},
                                                                    strides{2}, device_space)),
                  ingot::value_error);

  tensor_data on_device;
  on_device.bytes = std::make_shared<const ingot::storage>(data, 16, device_space);
  on_device.shape = {2};
  on_device.strides = {2};
  on_device.offset = 1;
  CHECK(read<float>(on_device) == std::vector<float>{2, 4});
  CHECK(device_copies == 2);
}

}  // namespace read_test
