// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <ingot/core/element.hpp>
#include <ingot/core/tensor_traits.hpp>

namespace ingot {

/// A vector of elements: flat storage, one-dimensional unless a descriptor shapes it. Empty, it
/// takes the length that a file has. Not std::vector<bool>: its bits can't be viewed.
template <element T, class Allocator>
  requires(!std::same_as<T, bool>)
struct tensor_traits<std::vector<T, Allocator>> {
  using storage = std::vector<T, Allocator>;

  static constexpr dtype type = element_traits<T>::type;
  static constexpr bool only_tensor = false;
  static constexpr bool owns_shape = false;

  static bool has_shape(const storage& object) noexcept { return !object.empty(); }
  static tensor_view view(storage& object) {
    return {reinterpret_cast<std::byte*>(object.data()), type, length(object)};
  }
  static const_tensor_view view(const storage& object) {
    return {reinterpret_cast<const std::byte*>(object.data()), type, length(object)};
  }
  static storage make(const shape& extents, const storage& like) {
    return storage(static_cast<std::size_t>(element_count(extents).value_or(-1)),
                   like.get_allocator());
  }

 private:
  static shape length(const storage& object) { return {static_cast<std::int64_t>(object.size())}; }
};

}  // namespace ingot
