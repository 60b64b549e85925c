// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <cuda_runtime_api.h>

#include <ingot/cuda/detail/event.hpp>
#include <ingot/cuda/detail/open_streams.hpp>
#include <ingot/cuda/device.hpp>
#include <ingot/cuda/error.hpp>
#include <ingot/cuda/transfer_scope.hpp>

namespace ingot::cuda::detail {

/// Copies from devices' memory to other devices' or to their own, in the thread's stream of the
/// device that they go to. What the stream of either device is given comes before or after them, as
/// it was given. The destructor waits for what is under way.
class device_copies {
 public:
  device_copies() = default;
  device_copies(const device_copies&) = delete;  // copies that are under way have one owner
  device_copies& operator=(const device_copies&) = delete;
  ~device_copies() { streams_.wait(); }

  /// Gives a copy to the stream. Throws device_error.
  void begin(int to_device, void* to, int from_device, const void* from, std::size_t bytes) {
    if (bytes == 0) return;
    const device_guard on(to_device);
    const cudaStream_t stream = transfer_scope::stream_of(to_device);
    streams_.add(to_device, stream);
    if (to_device == from_device) {
      check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream), "cudaMemcpyAsync",
            to_device);
      return;
    }
    come_after(from_device, to_device);
    check(cudaMemcpyPeerAsync(to, to_device, from, from_device, bytes, stream),
          "cudaMemcpyPeerAsync", to_device);
    come_after(to_device, from_device);
  }

  /// Returns when all are there. Throws device_error.
  void finish() { streams_.finish(); }

 private:
  // Has the stream of one device wait for what that of another was given before.
  void come_after(int before, int later) {
    const auto found = std::ranges::find(marks_, before, &event::device);
    event& mark = found != marks_.end() ? *found : marks_.emplace_back(before);
    mark.record(transfer_scope::stream_of(before));
    const device_guard on(later);  // whose stream a default one is
    mark.hold(transfer_scope::stream_of(later));
  }

  open_streams streams_;
  std::vector<event> marks_;  // one a device
};

}  // namespace ingot::cuda::detail
