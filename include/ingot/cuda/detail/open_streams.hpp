// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include <cuda_runtime_api.h>

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

  /// Whether the copies succeeded doesn't matter any more, but that nobody touches the memory does.
  void wait() noexcept {
    int before = 0;
    if (all_.empty() || cudaGetDevice(&before) != cudaSuccess) return;
    for (const auto& [device, stream] : all_) {
      cudaSetDevice(device);
      cudaStreamSynchronize(stream);
    }
    cudaSetDevice(before);
    cudaGetLastError();
  }

 private:
  std::vector<std::pair<int, cudaStream_t>> all_;
};

}  // namespace ingot::cuda::detail
