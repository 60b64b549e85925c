// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include <ingot/core/element.hpp>
#include <ingot/core/tensor_traits.hpp>

namespace ingot {

/// A span of elements that live elsewhere: flat storage of a fixed size, one-dimensional unless a
/// descriptor shapes it. As a member of a const model it gives a const view. A span of const
/// elements is no tensor: nothing can be loaded into it.
template <element T, std::size_t Extent>
struct tensor_traits<std::span<T, Extent>> {
  using storage = std::span<T, Extent>;

  static constexpr dtype type = element_traits<T>::type;
  static constexpr bool only_tensor = false;
  static constexpr bool owns_shape = false;

  static bool has_shape(const storage&) noexcept { return true; }
  static tensor_view view(storage& object) {
    return {reinterpret_cast<std::byte*>(object.data()), type, length(object)};
  }
  static const_tensor_view view(const storage& object) {
    return {reinterpret_cast<const std::byte*>(object.data()), type, length(object)};
  }

 private:
  static shape length(const storage& object) { return {static_cast<std::int64_t>(object.size())}; }
};

}  // namespace ingot
