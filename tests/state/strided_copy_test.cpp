// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

#include <ingot/state/strided_copy.hpp>

namespace strided_copy_test {

using ingot::shape;
using ingot::strides;
using ingot::detail::copy_strided;

namespace {

/// The element at a row-major position of a view: the definition of strides, one division a
/// dimension.
std::int64_t place_of(std::int64_t position, const shape& extents, const strides& steps) {
  std::int64_t place = 0;
  for (std::size_t i = extents.rank(); i-- > 0;) {
    place += position % extents[i] * steps[i];
    position /= extents[i];
  }
  return place;
}

std::size_t bytes_of(const shape& extents, const strides& steps, std::size_t element) {
  return static_cast<std::size_t>(*ingot::span_of(extents, steps)) * element;
}

void check_against_naive(const shape& extents, const strides& from_steps, const strides& to_steps,
                         std::size_t element) {
  // Exactly as large as the views' spans, so that a sanitizer sees every byte too far.
  std::vector<std::byte> from(bytes_of(extents, from_steps, element));
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<std::byte>(i * 131 + i / 251);
  std::vector<std::byte> expected(bytes_of(extents, to_steps, element), std::byte{0xee});
  std::vector<std::byte> to = expected;
  const auto size = static_cast<std::int64_t>(element);
  for (std::int64_t i = 0; i < *ingot::element_count(extents); ++i) {
    std::memcpy(expected.data() + place_of(i, extents, to_steps) * size,
                from.data() + place_of(i, extents, from_steps) * size, element);
  }
  copy_strided(from.data(), from_steps, to.data(), to_steps, extents, element);
  CHECK(to == expected);
}

/// Strides of a random dense or gapped layout in which no two elements overlap.
strides random_layout(const shape& extents, std::mt19937& random) {
  std::vector<std::size_t> order(extents.rank());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (random() % 2 != 0) std::shuffle(order.begin(), order.end(), random);
  strides steps(extents.rank());
  std::int64_t step = 1;
  for (std::size_t i = order.size(); i-- > 0;) {
    if (random() % 4 == 0) step *= 2;
    steps[order[i]] = step;
    step *= std::max<std::int64_t>(extents[order[i]], 1);
  }
  return steps;
}

}  // namespace

TEST_CASE("random strided views are copied as the definition of strides says") {
  const std::uint32_t seed = 20260101;
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::int64_t> extents(random() % 6);
    for (std::int64_t& extent : extents) {
      extent = random() % 12 == 0 ? 0 : static_cast<std::int64_t>(random() % 5) + 1;
    }
    const shape of(extents);
    strides from = random_layout(of, random);
    for (std::int64_t& step : from) {
      if (random() % 6 == 0) step = 0;                                        // expanded
      if (random() % 9 == 0) step = static_cast<std::int64_t>(random() % 7);  // overlapping
    }
    const strides to =
        random() % 2 == 0 ? ingot::contiguous_strides(of) : random_layout(of, random);
    const std::size_t element = std::array<std::size_t, 6>{1, 2, 3, 4, 8, 16}[random() % 6];
    CAPTURE(round);
    check_against_naive(of, from, to, element);
  }
}

TEST_CASE("a stride of an extent of 1 doesn't matter") {
  constexpr std::int64_t most = std::int64_t{1} << 62;
  check_against_naive({1, 3, 1}, {7, 1, 9}, {3, 1, 1}, 8);
  const std::int32_t from[] = {1, 2, 3};
  std::int32_t to[3] = {};
  copy_strided(reinterpret_cast<const std::byte*>(from), strides{most, 1, most},
               reinterpret_cast<std::byte*>(to), strides{most, 1, most}, shape{1, 3, 1}, 4);
  CHECK(to[2] == 3);
}

TEST_CASE("a scalar is one element, an extent of 0 leaves memory alone") {
  check_against_naive({}, {}, {}, 16);
  copy_strided(nullptr, strides{1, 1}, nullptr, strides{1, 1}, shape{0, 5}, 4);
  copy_strided(nullptr, strides{1, 1}, nullptr, strides{1, 1}, shape{std::int64_t{1} << 62, 0}, 4);
}

TEST_CASE("a thousand dimensions are copied") {
  std::vector<std::int64_t> extents(1000, 1);
  extents[3] = 2;
  extents[500] = 3;
  extents[999] = 2;
  const shape of(extents);
  strides transposed = std::vector<std::int64_t>(1000, 5);
  transposed[3] = 1;
  transposed[500] = 4;
  transposed[999] = 2;
  check_against_naive(of, transposed, ingot::contiguous_strides(of), 4);
}

}  // namespace strided_copy_test
