// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <ingot/core/dimensions.hpp>

namespace dimensions_test {

using ingot::dimensions;

namespace {

// 7, 8, 9, ...
dimensions counted(std::size_t rank) {
  dimensions numbers(rank);
  std::iota(numbers.begin(), numbers.end(), 7);
  return numbers;
}

}  // namespace

// A move that throws would make tensors that throw on swap.
static_assert(std::is_nothrow_move_constructible_v<dimensions>);
static_assert(std::is_nothrow_move_assignable_v<dimensions>);

TEST_CASE("as many numbers are held as are given, in place or not") {
  for (std::size_t rank = 0; rank <= 70; ++rank) {
    std::vector<std::int64_t> expected(rank);
    CHECK(dimensions(rank) == dimensions(expected));
    std::iota(expected.begin(), expected.end(), 7);
    const dimensions numbers = counted(rank);
    CHECK(numbers.size() == rank);
    CHECK(std::vector<std::int64_t>(numbers.begin(), numbers.end()) == expected);
    CHECK(std::span<const std::int64_t>(numbers).size() == rank);
    CHECK(numbers == dimensions(expected));
  }
  CHECK(dimensions{2, 3}[1] == 3);
}

TEST_CASE("numbers differ where one of them or how many they are differs") {
  CHECK(dimensions{1, 2} != dimensions{1, 3});
  CHECK(dimensions{1, 2} != dimensions{1, 2, 0});
  CHECK(counted(5) != counted(6));
  CHECK(dimensions{} == dimensions(std::size_t{0}));
}

TEST_CASE("a copy has numbers of its own, and a move leaves none") {
  for (const std::size_t from : {0u, 3u, 4u, 5u, 9u}) {
    for (const std::size_t to : {0u, 3u, 4u, 5u, 9u}) {
      CAPTURE(from);
      CAPTURE(to);
      dimensions original = counted(from);
      dimensions copied = counted(to);
      copied = original;
      if (from > 0) original[from - 1] = -1;
      CHECK(copied == counted(from));

      dimensions moved = counted(to);
      moved = std::move(copied);
      CHECK(moved == counted(from));
      CHECK(copied.empty());  // NOLINT: the promise under test
      const dimensions& alias = moved;
      moved = alias;
      CHECK(moved == counted(from));
    }
  }
}

}  // namespace dimensions_test
