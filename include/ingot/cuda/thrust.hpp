// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <thrust/detail/vector_base.h>
#include <thrust/device_ptr.h>
#include <thrust/device_vector.h>
#include <thrust/host_vector.h>
#include <thrust/memory.h>
#include <thrust/universal_vector.h>

#include <ingot/core/element.hpp>
#include <ingot/core/memory_space.hpp>
#include <ingot/core/shape.hpp>
#include <ingot/core/tensor_traits.hpp>
#include <ingot/storage/tensor_ref.hpp>
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
#include <ingot/cuda/pointer.hpp>
#endif

namespace ingot {

namespace cuda::detail {

/// Where a Thrust container's elements are. With the CPP, OMP and TBB backends, on the host.
inline const memory_space& space_of([[maybe_unused]] const void* data) {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
  return pointer_space(data);
#else
  return host_space;
#endif
}

/// Flat storage, one-dimensional unless a descriptor shapes it. Empty, it takes the length that a
/// file has.
template <class Vector>
struct thrust_traits {
  using element_type = typename Vector::value_type;

  static constexpr dtype type = element_traits<element_type>::type;
  static constexpr bool only_tensor = true;
  static constexpr bool owns_shape = false;

  static bool has_shape(const Vector& object) noexcept { return !object.empty(); }
  static tensor_view view(Vector& object) {
    auto* data = thrust::raw_pointer_cast(object.data());
    return {reinterpret_cast<std::byte*>(data), type, length(object), space_of(data)};
  }
  static const_tensor_view view(const Vector& object) {
    const auto* data = thrust::raw_pointer_cast(object.data());
    return {reinterpret_cast<const std::byte*>(data), type, length(object), space_of(data)};
  }
  static Vector make(const shape& extents, const Vector& like) {
    return Vector(static_cast<std::size_t>(element_count(extents).value_or(-1)),
                  like.get_allocator());
  }
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
  static Vector make(const shape& extents, const memory_space& space) {
    const device_guard on(space.host_accessible ? current_device() : space.ordinal);
    return Vector(static_cast<std::size_t>(element_count(extents).value_or(-1)));
  }
#endif

 private:
  static shape length(const Vector& object) { return {static_cast<std::int64_t>(object.size())}; }
};

}  // namespace cuda::detail

/// thrust::host_vector of any allocator.
template <element T, class Allocator>
struct tensor_traits<thrust::host_vector<T, Allocator>>
    : cuda::detail::thrust_traits<thrust::host_vector<T, Allocator>> {};

/// thrust::device_vector of any allocator.
template <element T, class Allocator>
struct tensor_traits<thrust::device_vector<T, Allocator>>
    : cuda::detail::thrust_traits<thrust::device_vector<T, Allocator>> {};

/// thrust::universal_vector and universal_host_pinned_vector, which are other names of this.
template <element T, class Allocator>
struct tensor_traits<thrust::detail::vector_base<T, Allocator>>
    : cuda::detail::thrust_traits<thrust::detail::vector_base<T, Allocator>> {};

namespace cuda {

/// The elements from a thrust::device_ptr on, which others own, as a tensor of this shape.
template <element T>
tensor_ref<T> as_tensor(thrust::device_ptr<T> data, shape extents) {
  T* const raw = thrust::raw_pointer_cast(data);
  return {raw, std::move(extents), detail::space_of(raw)};
}

}  // namespace cuda

}  // namespace ingot
