// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <ingot/core/checked.hpp>
#include <ingot/core/dtype.hpp>
#include <ingot/core/shape.hpp>

namespace ingot::detail::npy {

// The format is numpy.lib.format's.
inline constexpr std::string_view magic = "\x93NUMPY";
inline constexpr std::size_t alignment = 64;            // of the elements
inline constexpr std::size_t max_header_size = 10'000;  // numpy's default limit
inline constexpr std::size_t max_rank = 64;             // numpy's NPY_MAXDIMS

/// What an .npy file says of its array.
struct header {
  dtype type = dtype::float64;
  bool big_endian = false;
  bool fortran_order = false;  ///< the first dimension steps quickest
  ingot::shape shape{};
};

/// Whether numpy takes the shape. It counts an extent of 0 as 1: of (0, 2^63 - 1, 4) it says that
/// the array is too big.
inline bool is_possible(const shape& extents, dtype type) noexcept {
  auto bytes = std::optional(static_cast<std::int64_t>(size_of(type)));
  for (const std::int64_t extent : extents) {
    if (bytes && extent != 0) bytes = checked_multiply(*bytes, extent);
  }
  return bytes.has_value() && extents.rank() <= max_rank;
}

}  // namespace ingot::detail::npy
