// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <sstream>
#include <vector>

#include <ingot/core/shape.hpp>

namespace shape_test {

using ingot::shape;
using ingot::strides;

namespace {
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
}

TEST_CASE("a scalar has one element, an extent of 0 leaves none") {
  CHECK(ingot::element_count(shape{}) == 1);
  CHECK(ingot::element_count(shape{2, 3, 4}) == 24);
  CHECK(ingot::element_count(shape{2, 0, 4}) == 0);
}

TEST_CASE("a count of elements or bytes that doesn't fit in 63 bits is none") {
  CHECK(ingot::element_count(shape{most}) == most);
  CHECK(ingot::element_count(shape{most, 2}) == std::nullopt);
  CHECK(ingot::element_count(shape{std::int64_t{1} << 32, std::int64_t{1} << 31}) == std::nullopt);
  CHECK(ingot::byte_count(shape{most / 8}, 8) == most / 8 * 8);
  CHECK(ingot::byte_count(shape{most / 8 + 1}, 8) == std::nullopt);
  CHECK(ingot::byte_count(shape{most}, 16) == std::nullopt);
}

TEST_CASE("a negative extent is refused wherever it stands") {
  CHECK(ingot::element_count(shape{-1}) == std::nullopt);
  CHECK(ingot::element_count(shape{0, -1}) == std::nullopt);
  CHECK(ingot::element_count(shape{-2, -3}) == std::nullopt);
  CHECK(ingot::byte_count(shape{-1}, 4) == std::nullopt);
  CHECK(ingot::span_of(shape{-1}, strides{1}) == std::nullopt);
}

TEST_CASE("no element is no overflow, however large the other extents are") {
  CHECK(ingot::element_count(shape{0, most, 4}) == 0);
  CHECK(ingot::element_count(shape{most, 4, 0}) == 0);
  CHECK(ingot::contiguous_strides(shape{0, most, 4}).size() == 3);
}

TEST_CASE("contiguous strides are PyTorch's, also where an extent is 0") {
  CHECK(ingot::contiguous_strides(shape{}).empty());
  CHECK(ingot::contiguous_strides(shape{2, 3, 4}) == strides{12, 4, 1});
  CHECK(ingot::contiguous_strides(shape{2, 0, 4}) == strides{4, 4, 1});
}

TEST_CASE("contiguous is row-major without gaps; an extent of 1 may have any stride") {
  CHECK(ingot::is_contiguous(shape{}, strides{}));
  CHECK(ingot::is_contiguous(shape{2, 3}, strides{3, 1}));
  CHECK(ingot::is_contiguous(shape{2, 1, 3}, strides{3, 77, 1}));
  CHECK(ingot::is_contiguous(shape{2, 0}, strides{5, 9}));
  CHECK_FALSE(ingot::is_contiguous(shape{2, 3}, strides{1, 2}));
  CHECK_FALSE(ingot::is_contiguous(shape{2, 3}, strides{4, 1}));
  CHECK_FALSE(ingot::is_contiguous(shape{2}, strides{0}));
  CHECK_FALSE(ingot::is_contiguous(shape{most, 2}, strides{2, 1}));
}

TEST_CASE("a view spans from its first element to one past its last") {
  CHECK(ingot::span_of(shape{}, strides{}) == 1);
  CHECK(ingot::span_of(shape{2, 3}, strides{3, 1}) == 6);
  CHECK(ingot::span_of(shape{3, 2}, strides{1, 3}) == 6);
  CHECK(ingot::span_of(shape{5}, strides{0}) == 1);
  CHECK(ingot::span_of(shape{2, 3}, strides{10, 2}) == 15);
  CHECK(ingot::span_of(shape{2, 0}, strides{10, 2}) == 0);
}

TEST_CASE("a span that doesn't fit in 63 bits, or a negative stride, is none") {
  CHECK(ingot::span_of(shape{3}, strides{most}) == std::nullopt);
  CHECK(ingot::span_of(shape{2}, strides{most}) == std::nullopt);
  CHECK(ingot::span_of(shape{2, 2}, strides{most - 1, 1}) == std::nullopt);
  CHECK(ingot::span_of(shape{2}, strides{most - 1}) == most);
  CHECK(ingot::span_of(shape{2}, strides{-1}) == std::nullopt);
}

TEST_CASE("a shape prints as PyTorch prints it, and short in messages") {
  std::ostringstream text;
  text << shape{8, 2} << shape{};
  CHECK(text.str() == "torch.Size([8, 2])torch.Size([])");
  CHECK(ingot::to_string(shape{8, 2}) == "[8, 2]");
  CHECK(ingot::to_string(shape{}) == "[]");
}

}  // namespace shape_test
