// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <type_traits>
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
#include <thrust/system_error.h>
#include <ingot/cuda/error.hpp>
#include <ingot/cuda/pointer.hpp>
#endif

namespace ingot {

namespace cuda::detail {

/// Where elements at an address are that a device's side of Thrust has. With the CPP, OMP and TBB
/// backends, on the host.
inline const memory_space& space_of([[maybe_unused]] const void* data) {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
  return pointer_space(data);
#else
  return host_space;
#endif
}

/// Makes the device of a space the current one, while what it returns lives.
inline auto entered([[maybe_unused]] const memory_space& space) {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
  return space.host_accessible ? std::optional<device_guard>()
                               : std::optional<device_guard>(std::in_place, space.ordinal);
#else
  return 0;
#endif
}

/// Calls make(), which has Thrust take memory of a device and fill it: where that fails, it is a
/// device_error, as of any other storage.
template <class Make>
auto by_thrust(Make make) {
#if THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA
  const auto told = [](cudaError_t status, const char* found) {
    cudaGetLastError();  // so that nobody else takes it for his own
    return device_error({.where = "Thrust", .found = found, .remedy = remedy_for(status, {})},
                        status);
  };
  try {
    return make();
  } catch (const thrust::system_error& failure) {
    throw told(static_cast<cudaError_t>(failure.code().value()), failure.what());
  } catch (const std::bad_alloc& failure) {
    throw told(cudaErrorMemoryAllocation, failure.what());
  }
#else
  return make();
#endif
}

/// Flat storage, one-dimensional unless a descriptor shapes it. Empty, it takes the length that a
/// file has. `OnHost`: its memory is the host's whatever the backend, so that no driver is asked.
template <class Vector, bool OnHost>
struct thrust_traits {
  using element_type = typename Vector::value_type;

  static constexpr dtype type = element_traits<element_type>::type;
  static constexpr bool only_tensor = true;
  static constexpr bool owns_shape = false;

  static bool has_shape(const Vector& object) noexcept { return !object.empty(); }
  static tensor_view view(Vector& object) {
    return {reinterpret_cast<std::byte*>(first(object)), type, length(object), where(object)};
  }
  static const_tensor_view view(const Vector& object) {
    return {reinterpret_cast<const std::byte*>(first(object)), type, length(object), where(object)};
  }
  static Vector make(const shape& extents, const Vector& like) {
    [[maybe_unused]] const auto on = entered(where(like));
    const auto by_length = [&] { return Vector(count(extents), like.get_allocator()); };
    if constexpr (OnHost) {
      return by_length();
    } else {
      return by_thrust(by_length);
    }
  }
  /// On another device, by the allocator that is made by default.
  static Vector make(const shape& extents, const memory_space& space)
    requires(!OnHost && THRUST_DEVICE_SYSTEM == THRUST_DEVICE_SYSTEM_CUDA)
  {
    [[maybe_unused]] const auto on = entered(space);
    return by_thrust([&] { return Vector(count(extents)); });
  }

 private:
  // data() of an empty vector is the address of an element that isn't there.
  static auto* first(auto& object) {
    using pointer = decltype(thrust::raw_pointer_cast(object.data()));
    return object.empty() ? pointer{} : thrust::raw_pointer_cast(object.data());
  }
  static shape length(const Vector& object) { return {static_cast<std::int64_t>(object.size())}; }
  static std::size_t count(const shape& extents) {
    return static_cast<std::size_t>(element_count(extents).value_or(-1));
  }
  static const memory_space& where(const Vector& object) {
    if constexpr (OnHost) {
      return host_space;
    } else {
      return space_of(first(object));
    }
  }
};

}  // namespace cuda::detail

/// thrust::host_vector of any allocator.
template <element T, class Allocator>
struct tensor_traits<thrust::host_vector<T, Allocator>>
    : cuda::detail::thrust_traits<thrust::host_vector<T, Allocator>, true> {};

/// thrust::device_vector of any allocator.
template <element T, class Allocator>
struct tensor_traits<thrust::device_vector<T, Allocator>>
    : cuda::detail::thrust_traits<thrust::device_vector<T, Allocator>, false> {};

/// thrust::universal_vector, universal_host_pinned_vector and thrust::cuda::vector, which are other
/// names of this; elements of the last one alone aren't referred to by references.
template <element T, class Allocator>
struct tensor_traits<thrust::detail::vector_base<T, Allocator>>
    : cuda::detail::thrust_traits<
          thrust::detail::vector_base<T, Allocator>,
          std::is_same_v<typename thrust::detail::vector_base<T, Allocator>::reference, T&>> {};

namespace cuda {

/// The elements from a thrust::device_ptr on, which others own, as a tensor of this shape.
template <element T>
tensor_ref<T> as_tensor(thrust::device_ptr<T> data, shape extents) {
  T* const raw = thrust::raw_pointer_cast(data);
  return {raw, std::move(extents), detail::space_of(raw)};
}

}  // namespace cuda

}  // namespace ingot
