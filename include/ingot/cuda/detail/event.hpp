// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include <cuda_runtime_api.h>

#include <ingot/cuda/device.hpp>
#include <ingot/cuda/error.hpp>

namespace ingot::cuda::detail {

/// An event of a device that tells when a stream got to it.
class event {
 public:
  explicit event(int device) : device_(device) {
    const device_guard on(device);
    check(cudaEventCreateWithFlags(&handle_, cudaEventDisableTiming), "cudaEventCreateWithFlags",
          device);
  }
  event(event&& other) noexcept
      : device_(other.device_),
        handle_(std::exchange(other.handle_, nullptr)),
        recorded_(other.recorded_) {}
  event& operator=(event&&) = delete;
  ~event() {
    if (handle_ != nullptr) disregard(cudaEventDestroy(handle_));
  }

  int device() const noexcept { return device_; }

  /// Marks what the stream was given before.
  void record(cudaStream_t stream) {
    const device_guard on(device_);
    check(cudaEventRecord(handle_, stream), "cudaEventRecord", device_);
    recorded_ = true;
  }

  /// Has a stream, of any device, wait for the last record(). The host doesn't.
  void hold(cudaStream_t stream) {
    check(cudaStreamWaitEvent(stream, handle_, 0), "cudaStreamWaitEvent", device_);
  }

  /// Returns when the stream has got to the last record() that nobody waited for.
  void wait() {
    if (!recorded_) return;
    check(cudaEventSynchronize(handle_), "cudaEventSynchronize", device_);
    recorded_ = false;
  }

 private:
  int device_;
  cudaEvent_t handle_ = nullptr;
  bool recorded_ = false;
};

}  // namespace ingot::cuda::detail
