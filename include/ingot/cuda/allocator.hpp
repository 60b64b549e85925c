// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <new>
#include <string>
#include <type_traits>

#include <cuda_runtime_api.h>

#include <ingot/core/error.hpp>
#include <ingot/core/host_memory.hpp>
#include <ingot/core/memory_space.hpp>
#include <ingot/cuda/device.hpp>
#include <ingot/cuda/error.hpp>
#include <ingot/cuda/space.hpp>

namespace ingot {

namespace cuda::detail {

/// The space, which is a device's. Throws value_error.
inline const memory_space& device(const memory_space& space) {
  if (space.allocate != allocate) {
    throw value_error({.where = "allocator of device memory",
                       .expected = "a device's space, as cuda::space(0)",
                       .found = "the space " + std::string(space.name)});
  }
  return space;
}

}  // namespace cuda::detail

/// Memory of one device, which the host can't reach. Allocators of the same device are equal;
/// containers that are assigned or swapped take the other's. Throws cuda::device_error.
template <class T>
class cuda_allocator {
 public:
  using value_type = T;
  using propagate_on_container_copy_assignment = std::true_type;
  using propagate_on_container_move_assignment = std::true_type;
  using propagate_on_container_swap = std::true_type;
  using is_always_equal = std::false_type;

  cuda_allocator() noexcept : space_(&cuda::space()) {}
  /// Of cuda::space(ordinal).
  explicit cuda_allocator(const memory_space& space) : space_(&cuda::detail::device(space)) {}
  template <class U>
  cuda_allocator(const cuda_allocator<U>& other) noexcept  // NOLINT: allocators rebind implicitly
      : space_(&other.space()) {}

  T* allocate(std::size_t count) {
    return static_cast<T*>(space_->allocate(*space_, detail::bytes_of<T>(count)));
  }
  void deallocate(T* block, std::size_t count) noexcept {
    space_->deallocate(*space_, block, count * sizeof(T));
  }

  const memory_space& space() const noexcept { return *space_; }

  friend bool operator==(const cuda_allocator& a, const cuda_allocator& b) noexcept {
    return a.space_ == b.space_;
  }

 private:
  const memory_space* space_;
};

/// Memory of one device, taken and given back in the order of a stream (cudaMallocAsync): a block
/// may be used by what the stream is given after the call, by other streams and by Ingot's copies
/// once the stream got there. The stream belongs to the device and outlives the blocks; with
/// cudaStreamPerThread, the thread that took a block gives it back.
template <class T>
class cuda_stream_allocator {
 public:
  using value_type = T;
  using propagate_on_container_copy_assignment = std::true_type;
  using propagate_on_container_move_assignment = std::true_type;
  using propagate_on_container_swap = std::true_type;
  using is_always_equal = std::false_type;

  /// Of cuda::space(ordinal).
  explicit cuda_stream_allocator(cudaStream_t stream, const memory_space& space = cuda::space())
      : space_(&cuda::detail::device(space)), stream_(stream) {}
  template <class U>
  cuda_stream_allocator(const cuda_stream_allocator<U>& other) noexcept  // NOLINT: rebinds
      : space_(&other.space()), stream_(other.stream()) {}

  /// Waits for the stream, so that whoever copies into the block finds it there.
  T* allocate(std::size_t count) {
    const std::size_t bytes = detail::bytes_of<T>(count);
    if (bytes == 0) return nullptr;
    const cuda::device_guard on(space_->ordinal);
    void* block = nullptr;
    cuda::check(cudaMallocAsync(&block, bytes, stream_), "cudaMallocAsync", space_->ordinal);
    const cudaError_t ready = cudaStreamSynchronize(stream_);
    if (ready != cudaSuccess) cuda::disregard(cudaFreeAsync(block, stream_));
    cuda::check(ready, "cudaStreamSynchronize", space_->ordinal);
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t) noexcept {
    if (block == nullptr) return;
    const cuda::device_guard on(space_->ordinal, std::nothrow);  // whose stream a default one is
    cuda::disregard(cudaFreeAsync(block, stream_));
  }

  const memory_space& space() const noexcept { return *space_; }
  cudaStream_t stream() const noexcept { return stream_; }

  friend bool operator==(const cuda_stream_allocator& a, const cuda_stream_allocator& b) noexcept {
    return a.space_ == b.space_ && a.stream_ == b.stream_;
  }

 private:
  const memory_space* space_;
  cudaStream_t stream_;
};

/// Host memory that devices copy from and to at the speed of the bus (page-locked). The system has
/// little of it. To Ingot it is the host's: what streams still do to it must be waited for before
/// it is saved or loaded into. Throws cuda::device_error.
template <class T>
class pinned_allocator {
 public:
  using value_type = T;

  pinned_allocator() = default;
  template <class U>
  pinned_allocator(const pinned_allocator<U>&) noexcept {}  // NOLINT: allocators rebind implicitly

  T* allocate(std::size_t count) {
    const std::size_t bytes = detail::bytes_of<T>(count);
    if (bytes == 0) return nullptr;
    void* block = nullptr;
    cuda::check(cudaMallocHost(&block, bytes), "cudaMallocHost", -1);
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t) noexcept {
    if (block != nullptr) cuda::disregard(cudaFreeHost(block));
  }

  const memory_space& space() const noexcept { return host_space; }

  friend bool operator==(const pinned_allocator&, const pinned_allocator&) { return true; }
};

/// Memory that host and devices share (cudaMallocManaged). To Ingot it is the host's: it reads and
/// writes it in place, and tensors are saved as "cpu". What streams still do to it must be waited
/// for before it is saved or loaded into. Throws cuda::device_error.
template <class T>
class managed_allocator {
 public:
  using value_type = T;

  managed_allocator() = default;
  template <class U>
  managed_allocator(const managed_allocator<U>&) noexcept {}  // NOLINT: rebinds implicitly

  T* allocate(std::size_t count) {
    const std::size_t bytes = detail::bytes_of<T>(count);
    if (bytes == 0) return nullptr;
    void* block = nullptr;
    cuda::check(cudaMallocManaged(&block, bytes, cudaMemAttachGlobal), "cudaMallocManaged", -1);
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t) noexcept {
    if (block != nullptr) cuda::disregard(cudaFree(block));
  }

  const memory_space& space() const noexcept { return host_space; }

  friend bool operator==(const managed_allocator&, const managed_allocator&) { return true; }
};

}  // namespace ingot
