// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <ingot/core/element.hpp>
#include <ingot/core/tensor_traits.hpp>

namespace ingot {

/// An array of elements: flat storage of a fixed size, one-dimensional unless a descriptor shapes
/// it.
template <element T, std::size_t Size>
struct tensor_traits<std::array<T, Size>> {
  using storage = std::array<T, Size>;

  static constexpr dtype type = element_traits<T>::type;
  static constexpr bool only_tensor = false;
  static constexpr bool owns_shape = false;
  static constexpr std::size_t fixed_size = Size;

  static constexpr bool has_shape(const storage&) noexcept { return true; }
  static tensor_view view(storage& object) {
    return {reinterpret_cast<std::byte*>(object.data()), type, shape{std::int64_t{Size}}};
  }
  static const_tensor_view view(const storage& object) {
    return {reinterpret_cast<const std::byte*>(object.data()), type, shape{std::int64_t{Size}}};
  }
};

}  // namespace ingot
