// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

#include <cuda_runtime_api.h>

#include <ingot/cuda/device.hpp>
#include <ingot/cuda/error.hpp>

namespace ingot::cuda::detail {

/// The streams that copies were begun in and that nobody has waited for.
class open_streams {
 public:
  void add(int device, cudaStream_t stream) {
    const std::pair<int, cudaStream_t> which(device, stream);
    if (std::ranges::find(all_, which) == all_.end()) all_.push_back(which);
  }
  void clear() noexcept { all_.clear(); }
  bool empty() const noexcept { return all_.empty(); }

  /// Returns when they have got through their copies. Throws device_error.
  void finish() {
    for (const auto& [device, stream] : all_) {
      const device_guard on(device);
      check(cudaStreamSynchronize(stream), "cudaStreamSynchronize", device);
    }
    clear();
  }

  /// Whether the copies succeeded doesn't matter any more, but that nobody touches the memory does.
  void wait() noexcept {
    for (const auto& [device, stream] : all_) {
      const device_guard on(device, std::nothrow);
      disregard(cudaStreamSynchronize(stream));
    }
  }

 private:
  std::vector<std::pair<int, cudaStream_t>> all_;
};

}  // namespace ingot::cuda::detail
