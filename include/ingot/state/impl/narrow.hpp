// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/separate.hpp>
#include <ingot/state/narrow.hpp>
#include <ingot/state/tensor_data.hpp>

namespace ingot {

namespace detail {

/// A copy of the description of a tensor of which a part can be looked at by itself.
inline tensor_data sliceable(const value& from) {
  const tensor_data& tensor = from.tensor();
  if (tensor.bytes && tensor.layout == layout::strided &&
      (!tensor.quantizer || !tensor.quantizer->scales)) {
    return tensor;
  }
  throw value_error({.expected = "a strided tensor", .found = summary(from)});
}

/// The dimension, counted from the end where it is negative.
inline std::size_t dimension_of(const tensor_data& tensor, std::int64_t dimension) {
  const auto rank = static_cast<std::int64_t>(tensor.shape.rank());
  if (dimension >= -rank && dimension < rank) {
    return static_cast<std::size_t>(dimension < 0 ? dimension + rank : dimension);
  }
  throw value_error({.expected = "a dimension of " + to_string(tensor.shape),
                     .found = std::to_string(dimension)});
}

[[noreturn]] inline void refuse_slice(const tensor_data& tensor, std::string found) {
  throw value_error(
      {.expected = "a part of " + to_string(tensor.shape), .found = std::move(found)});
}

/// Moves the first element. A part without elements stays: its strides may be any numbers.
inline void advance(tensor_data& part, std::int64_t steps, std::int64_t stride) {
  if (element_count(part.shape).value_or(0) != 0) part.offset += steps * stride;
}

inline value as_kind_of(const value& from, tensor_data tensor) {
  return from.is_tensor() ? value(std::move(tensor)) : value::make_ndarray(std::move(tensor));
}

}  // namespace detail

INGOT_INLINE value value::narrow(std::int64_t dimension, std::int64_t start,
                                 std::int64_t length) const {
  tensor_data part = detail::sliceable(*this);
  const std::size_t at = detail::dimension_of(part, dimension);
  const std::int64_t extent = part.shape[at];
  const std::int64_t first = start < 0 && start >= -extent ? start + extent : start;
  if (first < 0 || first > extent || length < 0 || length > extent - first) {
    detail::refuse_slice(part, std::to_string(length) + " from " + std::to_string(start) +
                                   " on, of dimension " + std::to_string(dimension));
  }
  std::vector<std::int64_t> extents(part.shape.begin(), part.shape.end());
  extents[at] = length;
  part.shape = ingot::shape(extents);
  detail::advance(part, first, part.strides[at]);
  return detail::as_kind_of(*this, std::move(part));
}

INGOT_INLINE value value::select(std::int64_t dimension, std::int64_t index) const {
  tensor_data part = detail::sliceable(*this);
  const std::size_t at = detail::dimension_of(part, dimension);
  const std::int64_t extent = part.shape[at];
  if (index < -extent || index >= extent) {
    detail::refuse_slice(
        part, "index " + std::to_string(index) + " of dimension " + std::to_string(dimension));
  }
  std::vector<std::int64_t> extents(part.shape.begin(), part.shape.end());
  std::vector<std::int64_t> steps(part.strides.begin(), part.strides.end());
  const auto removed = static_cast<std::ptrdiff_t>(at);
  extents.erase(extents.begin() + removed);
  steps.erase(steps.begin() + removed);
  const std::int64_t stride = part.strides[at];
  part.shape = ingot::shape(extents);
  detail::advance(part, index < 0 ? index + extent : index, stride);
  part.strides = steps;
  return detail::as_kind_of(*this, std::move(part));
}

INGOT_INLINE entry entry::narrow(std::int64_t dimension, std::int64_t start,
                                 std::int64_t length) const {
  std::string path = path_ + ".narrow(" + std::to_string(dimension) + ", " + std::to_string(start) +
                     ", " + std::to_string(length) + ')';
  value part = detail::at_path(path, [&] { return value::narrow(dimension, start, length); });
  return {std::move(part), std::move(path)};
}

INGOT_INLINE entry entry::select(std::int64_t dimension, std::int64_t index) const {
  std::string path =
      path_ + ".select(" + std::to_string(dimension) + ", " + std::to_string(index) + ')';
  value part = detail::at_path(path, [&] { return value::select(dimension, index); });
  return {std::move(part), std::move(path)};
}

}  // namespace ingot
