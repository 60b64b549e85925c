// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <cuda_runtime_api.h>

#include <ingot/cuda/detail/event.hpp>
#include <ingot/cuda/device.hpp>
#include <ingot/cuda/error.hpp>

namespace ingot::cuda::detail {

/// A page-locked block of host memory, and the events that tell when copies from or to it are done.
class pinned_buffer {
 public:
  /// Of no device, but made while this one is the current one: another would get a context.
  pinned_buffer(int device, std::size_t size) : size_(size) {
    const device_guard on(device);
    void* block = nullptr;
    check(cudaMallocHost(&block, size), "cudaMallocHost", device);
    data_ = static_cast<std::byte*>(block);
  }
  pinned_buffer(pinned_buffer&& other) noexcept { swap(other); }
  pinned_buffer& operator=(pinned_buffer other) noexcept {
    swap(other);
    return *this;
  }
  ~pinned_buffer() {
    if (data_ != nullptr) disregard(cudaFreeHost(data_));
  }

  std::byte* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }

  /// For copies of a device.
  event& copied(int device) {
    for (event& each : copied_) {
      if (each.device() == device) return each;
    }
    return copied_.emplace_back(device);
  }

  /// Returns when the copies of all devices are complete. Throws device_error.
  void wait() {
    for (event& each : copied_) each.wait();
  }

 private:
  void swap(pinned_buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    copied_.swap(other.copied_);
  }

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::vector<event> copied_;
};

}  // namespace ingot::cuda::detail
