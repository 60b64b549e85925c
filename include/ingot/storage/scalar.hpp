// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <ingot/core/element.hpp>
#include <ingot/core/tensor_traits.hpp>

namespace ingot {

/// A single element: a 0-d tensor, where a member says that it is one (`buffer<std::int64_t>`).
template <element T>
struct tensor_traits<T> {
  static constexpr dtype type = element_traits<T>::type;
  static constexpr bool only_tensor = false;
  static constexpr bool owns_shape = true;  // none but []

  static constexpr bool has_shape(const T&) noexcept { return true; }
  static tensor_view view(T& object) { return {reinterpret_cast<std::byte*>(&object), type, {}}; }
  static const_tensor_view view(const T& object) {
    return {reinterpret_cast<const std::byte*>(&object), type, {}};
  }
};

}  // namespace ingot
