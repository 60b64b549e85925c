// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <new>

#include <cuda_runtime_api.h>

#include <ingot/cuda/error.hpp>

namespace ingot::cuda {

/// How many devices there are. Without a driver: none.
inline int device_count() {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (means_no_device(status)) {
    cudaGetLastError();
    return 0;
  }
  check(status, "cudaGetDeviceCount", -1);
  return count;
}

/// The calling thread's current device.
inline int current_device() {
  int device = 0;
  check(cudaGetDevice(&device), "cudaGetDevice", -1);
  return device;
}

/// Makes a device the calling thread's current one while it lives. (Going back to the device that
/// was current gives that one a context, if it had none: CUDA's rule since 12.)
class device_guard {
 public:
  explicit device_guard(int device) {
    check(cudaGetDevice(&before_), "cudaGetDevice", device);
    if (device == before_) return;
    check(cudaSetDevice(device), "cudaSetDevice", device);
    changed_ = true;
  }
  /// For destructors: where it fails, the current device stays.
  device_guard(int device, std::nothrow_t) noexcept {
    cudaError_t status = cudaGetDevice(&before_);
    if (status == cudaSuccess && device != before_) {
      status = cudaSetDevice(device);
      changed_ = status == cudaSuccess;
    }
    disregard(status);
  }
  device_guard(const device_guard&) = delete;  // it belongs to a scope
  device_guard& operator=(const device_guard&) = delete;
  ~device_guard() {
    if (changed_) disregard(cudaSetDevice(before_));
  }

 private:
  int before_ = 0;
  bool changed_ = false;
};

}  // namespace ingot::cuda
