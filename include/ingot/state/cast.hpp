// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <ingot/core/dtype.hpp>

namespace ingot {

namespace detail {

constexpr bool has_numbers(dtype type) noexcept {
  return type <= dtype::float8_e8m0fnu;  // the enum has those first
}

}  // namespace detail

/// Whether cast_elements can turn elements of one dtype into the other: numbers into numbers, but
/// not complex into real.
constexpr bool can_cast(dtype from, dtype to) noexcept {
  return detail::has_numbers(from) && detail::has_numbers(to) &&
         (!is_complex(from) || is_complex(to));
}

/// Converts `count` contiguous elements as torch.Tensor.to(dtype) does: floating point rounds to
/// nearest even and overflows to infinity (float8_e4m3fn: to its largest number; the fnuz types: to
/// NaN); integers truncate and wrap; anything but 0 is true. The memory may have any alignment and
/// must not overlap. Throws value_error where !can_cast(from_type, to_type).
void cast_elements(const std::byte* from, dtype from_type, std::byte* to, dtype to_type,
                   std::size_t count);

}  // namespace ingot

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/state/impl/cast.hpp>
#endif
