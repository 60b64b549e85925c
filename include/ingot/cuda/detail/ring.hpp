// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <cuda_runtime_api.h>

#include <ingot/core/host_memory.hpp>
#include <ingot/core/transfer.hpp>
#include <ingot/cuda/detail/copy_batch.hpp>
#include <ingot/cuda/detail/open_streams.hpp>
#include <ingot/cuda/detail/pinned_buffer.hpp>
#include <ingot/cuda/transfer_scope.hpp>

namespace ingot::cuda::detail {

/// What a piece takes of a buffer: the next one is aligned.
constexpr std::size_t padded(std::size_t bytes) noexcept {
  return (bytes + host_alignment - 1) / host_alignment * host_alignment;
}

/// Page-locked buffers that take turns. The thread's transfer_scope says how much they are; the
/// process keeps them for the next ring.
class ring {
 public:
  /// For `expected` bytes in all, pieces padded: no buffer where there are none. Throws
  /// device_error.
  ring(int device, std::size_t expected) {
    if (expected == 0) return;
    const std::size_t allowed = most_bytes();
    const std::size_t large =
        std::max(allowed / most_buffers / transfer_piece * transfer_piece, transfer_piece);
    const std::size_t size = std::min(large, std::max(padded(expected), host_alignment));
    const std::size_t needed = (expected + size - 1) / size;
    const std::size_t count =
        std::max<std::size_t>(std::min({allowed / size, most_buffers, needed}), 1);
    buffers_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      buffers_.push_back(process_pool().take(device, size, allowed));
    }
  }
  ring(const ring&) = delete;  // copies that are under way have one owner
  ring& operator=(const ring&) = delete;
  ~ring() {
    if (!streams_.empty()) {  // something failed: nothing is kept
      streams_.wait();
      return;
    }
    for (pinned_buffer& each : buffers_) process_pool().keep(std::move(each), most_bytes());
  }

  std::size_t size() const noexcept { return buffers_.size(); }
  pinned_buffer& operator[](std::size_t index) noexcept { return buffers_[index]; }

  /// The bytes that all buffers hold.
  std::size_t capacity() const noexcept { return size() * buffers_.front().size(); }

  /// Begins copies from a buffer or to it, in the stream of each device. Throws device_error.
  void begin(pinned_buffer& buffer, std::vector<copy_job>& jobs, cudaMemcpyKind kind) {
    std::ranges::sort(jobs, {}, &copy_job::device);
    for (auto first = jobs.begin(); first != jobs.end();) {
      const int device = first->device;
      const auto last = std::find_if(
          first, jobs.end(), [device](const copy_job& job) { return job.device != device; });
      const cudaStream_t stream = transfer_scope::stream_of(device);
      streams_.add(device, stream);
      begin_copies({first, last}, kind, stream);
      buffer.copied(device).record(stream);
      first = last;
    }
    jobs.clear();
  }

  /// Says that all copies were waited for.
  void settle() noexcept { streams_.clear(); }

 private:
  static constexpr std::size_t most_buffers = 4;
  static std::size_t most_bytes() noexcept {
    return std::max(transfer_scope::pinned_bytes(), transfer_piece);
  }

  std::vector<pinned_buffer> buffers_;
  open_streams streams_;
};

}  // namespace ingot::cuda::detail
