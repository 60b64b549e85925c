// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <utility>

#include <ingot/core/element.hpp>
#include <ingot/core/memory_space.hpp>
#include <ingot/core/shape.hpp>
#include <ingot/core/tensor_traits.hpp>

namespace ingot {

/// Contiguous, row-major elements that others own, on the host or on a device: a raw pointer with a
/// shape. Copies refer to the same elements. It must not outlive them.
template <element T>
class tensor_ref {
 public:
  using value_type = T;

  tensor_ref(T* data, ingot::shape extents, const memory_space& space = host_space)
      : data_(data), shape_(std::move(extents)), space_(&space) {}

  T* data() const noexcept { return data_; }
  const ingot::shape& shape() const noexcept { return shape_; }
  const memory_space& space() const noexcept { return *space_; }

 private:
  T* data_;
  ingot::shape shape_;
  const memory_space* space_;
};

template <class T>
struct tensor_traits<tensor_ref<T>> {
  static constexpr dtype type = element_traits<T>::type;
  static constexpr bool only_tensor = true;
  static constexpr bool owns_shape = true;

  static bool has_shape(const tensor_ref<T>&) noexcept { return true; }
  static tensor_view view(tensor_ref<T>& object) {
    return {reinterpret_cast<std::byte*>(object.data()), type, object.shape(), object.space()};
  }
  static const_tensor_view view(const tensor_ref<T>& object) {
    return {reinterpret_cast<const std::byte*>(object.data()), type, object.shape(),
            object.space()};
  }
};

}  // namespace ingot
