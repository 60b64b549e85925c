// SPDX-License-Identifier: Apache-2.0
#pragma once

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

/// Makes a device the calling thread's current one while it lives.
class device_guard {
 public:
  explicit device_guard(int device) : before_(current_device()) {
    if (device != before_) check(cudaSetDevice(device), "cudaSetDevice", device);
  }
  device_guard(const device_guard&) = delete;  // it belongs to a scope
  device_guard& operator=(const device_guard&) = delete;
  ~device_guard() { cudaSetDevice(before_); }

 private:
  int before_;
};

}  // namespace ingot::cuda
