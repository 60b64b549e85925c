// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include <ingot/core/element.hpp>
#include <ingot/core/memory_space.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/io/memory_source.hpp>
#include <ingot/state/copy_elements.hpp>

namespace copy_elements_test {

using ingot::dtype;
using ingot::shape;
using ingot::tensor_data;

namespace {

using bytes = std::vector<std::byte>;

/// Memory that the host can't reach by itself.
constexpr ingot::memory_space far_space{"far",
                                        0,
                                        false,
                                        ingot::detail::host_allocate,
                                        ingot::detail::host_deallocate,
                                        ingot::detail::host_copy,
                                        ingot::detail::host_copy};

bytes pattern(std::size_t size) {
  bytes result(size);
  for (std::size_t i = 0; i < size; ++i) result[i] = static_cast<std::byte>(i * 131 + i / 251);
  return result;
}

/// The storages that the same bytes can be: in memory, on a device, in a file with and without a
/// checksum.
std::vector<ingot::storage_ptr> storages_of(const bytes& content) {
  const auto stored = [&](std::optional<std::uint32_t> crc) {
    bytes file(3);
    file.insert(file.end(), content.begin(), content.end());
    return std::make_shared<const ingot::storage>(
        ingot::extent{.from = ingot::from_memory(std::move(file)),
                      .offset = 3,
                      .size = content.size(),
                      .record = "t",
                      .crc = crc});
  };
  return {std::make_shared<const ingot::storage>(content.data(), content.size()),
          std::make_shared<const ingot::storage>(content.data(), content.size(), far_space),
          stored(std::nullopt), stored(ingot::crc32(0, content))};
}

bytes copied(const tensor_data& from) {
  bytes result;
  ingot::copy_buffer buffer;
  ingot::copy_elements(from, buffer, [&](std::span<const std::byte> piece) {
    result.insert(result.end(), piece.begin(), piece.end());
  });
  CHECK(buffer.bytes().size() <= std::size_t{1} << 20);
  return result;
}

/// The elements one by one, by the definition of strides.
bytes expected(const tensor_data& from, const bytes& content) {
  const std::size_t element = ingot::size_of(from.type);
  bytes result;
  for (std::int64_t i = 0; i < *ingot::element_count(from.shape); ++i) {
    std::int64_t place = from.offset;
    std::int64_t rest = i;
    for (std::size_t d = from.shape.rank(); d-- > 0; rest /= from.shape[d]) {
      place += rest % from.shape[d] * from.strides[d];
    }
    const std::byte* at = content.data() + static_cast<std::size_t>(place) * element;
    result.insert(result.end(), at, at + element);
  }
  return result;
}

void check_everywhere(tensor_data view, const bytes& content) {
  const bytes elements = expected(view, content);
  for (const auto& stored : storages_of(content)) {
    view.bytes = stored;
    CHECK(copied(view) == elements);
    CHECK(copied(view) == elements);  // once more, with a checksum that was checked
  }
}

template <class T>
tensor_data in_memory(const std::vector<T>& elements, shape extents) {
  tensor_data result;
  result.bytes = std::make_shared<const ingot::storage>(
      reinterpret_cast<const std::byte*>(elements.data()), elements.size() * sizeof(T));
  result.type = ingot::element_traits<T>::type;
  result.strides = ingot::contiguous_strides(extents);
  result.shape = std::move(extents);
  return result;
}

}  // namespace

TEST_CASE("elements come in row-major order, wherever they lie and with whatever strides") {
  std::mt19937 random(20260102);
  constexpr dtype types[] = {dtype::uint8, dtype::int16, dtype::float32, dtype::complex128};
  for (int round = 0; round < 500; ++round) {
    std::vector<std::int64_t> extents(random() % 5);
    for (auto& extent : extents) extent = static_cast<std::int64_t>(random() % 5);
    tensor_data view;
    view.type = types[random() % 4];
    view.shape = shape(extents);
    view.strides = ingot::contiguous_strides(view.shape);
    if (random() % 3 != 0) {
      for (auto& step : view.strides) step = static_cast<std::int64_t>(random() % 7);
    }
    view.offset = static_cast<std::int64_t>(random() % 3);
    const auto span = view.offset + *ingot::span_of(view.shape, view.strides) +
                      static_cast<std::int64_t>(random() % 2);
    CAPTURE(round);
    check_everywhere(view, pattern(static_cast<std::size_t>(span) * ingot::size_of(view.type)));
  }
}

TEST_CASE("pieces end between elements, and rows that are longer than a piece are cut") {
  constexpr std::int64_t rows = 3;
  constexpr std::int64_t columns = 400'001;  // more than a piece of float32
  tensor_data view;
  view.shape = {rows, columns};
  view.strides = {columns, 1};
  const bytes content = pattern(static_cast<std::size_t>(rows * columns * 4));
  check_everywhere(view, content);
  view.shape = {columns, rows};
  view.strides = {1, columns};
  check_everywhere(view, content);
  view.shape = {columns};
  view.strides = {3};
  check_everywhere(view, content);
}

TEST_CASE("what lies in memory as it is meant isn't copied") {
  const std::vector<float> elements(1'000'000, 1);
  const tensor_data tensor = in_memory(elements, {1000, 1000});
  ingot::copy_buffer buffer;
  int pieces = 0;
  ingot::copy_elements(tensor, buffer, [&](std::span<const std::byte> piece) {
    CHECK(piece.data() == reinterpret_cast<const std::byte*>(elements.data()));
    CHECK(piece.size() == 4'000'000);
    ++pieces;
  });
  CHECK(pieces == 1);
  CHECK(buffer.bytes().empty());
}

TEST_CASE("big-endian, conjugate and negative elements come out as what they mean") {
  const std::vector<std::int16_t> shorts{0x0100, 0x0302};
  const auto octets = std::as_bytes(std::span(shorts));
  tensor_data big = in_memory(shorts, {2});
  big.bytes = std::make_shared<const ingot::storage>(
      ingot::extent{.from = ingot::from_memory(bytes(octets.begin(), octets.end())),
                    .size = 4,
                    .big_endian = true});
  CHECK(copied(big) == bytes{std::byte{1}, std::byte{0}, std::byte{3}, std::byte{2}});

  using number = std::complex<float>;
  const std::vector<number> numbers{{1, 2}, {3, 4}, {5, 6}};
  tensor_data conjugate = in_memory(numbers, {2});
  conjugate.strides = {2};
  conjugate.conjugate = true;
  conjugate.negative = true;
  const std::vector<number> meant{{-1, 2}, {-5, 6}};
  CHECK(std::ranges::equal(copied(conjugate), std::as_bytes(std::span(meant))));
  conjugate.strides = {1};
  const std::vector<number> beginning{{-1, 2}, {-3, 4}};
  CHECK(std::ranges::equal(copied(conjugate), std::as_bytes(std::span(beginning))));
}

TEST_CASE("a wrong checksum is found, of the whole before and of the tensor alone after its copy") {
  const bytes content = pattern(40);
  tensor_data tensor;
  tensor.bytes = std::make_shared<const ingot::storage>(ingot::extent{
      .from = ingot::from_memory(bytes(content)), .size = 40, .record = "t", .crc = 1});
  tensor.shape = {10};
  tensor.strides = {1};
  CHECK_THROWS_AS(copied(tensor), ingot::format_error);
  tensor.shape = {9};
  ingot::copy_buffer buffer;
  CHECK_THROWS_AS(ingot::copy_elements(tensor, buffer,
                                       [](std::span<const std::byte>) { FAIL("damage went on"); }),
                  ingot::format_error);
}

TEST_CASE("a wrong checksum of a tensor without elements is found, as by read_tensor") {
  tensor_data tensor;
  tensor.bytes = std::make_shared<const ingot::storage>(
      ingot::extent{.from = ingot::from_memory(bytes()), .record = "t", .crc = 1});
  tensor.shape = {0, 3};
  tensor.strides = {3, 1};
  CHECK_THROWS_AS(copied(tensor), ingot::format_error);
  CHECK_THROWS_AS(ingot::read_tensor(tensor, {nullptr, tensor.type, tensor.shape}),
                  ingot::format_error);
}

TEST_CASE("what read_tensor refuses is refused by name") {
  ingot::copy_buffer buffer;
  const auto copy = [&](const tensor_data& from) {
    ingot::copy_elements(from, buffer, [](std::span<const std::byte>) {}, "fc.weight");
  };
  tensor_data tensor;
  tensor.layout = ingot::layout::sparse_coo;
  CHECK_THROWS_WITH_AS(copy(tensor),
                       "fc.weight: expected a strided tensor, found sparse_coo tensor",
                       ingot::value_error);
  const std::vector<float> one{1};
  tensor_data bomb = in_memory(one, {std::int64_t{1} << 50});
  bomb.strides = {0};
  CHECK_THROWS_AS(copy(bomb), ingot::value_error);
  tensor_data outside = in_memory(one, {2});
  CHECK_THROWS_AS(copy(outside), ingot::value_error);
}

}  // namespace copy_elements_test
