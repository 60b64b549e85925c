// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <cuda_runtime_api.h>

#include <ingot/core/memory_space.hpp>
#include <ingot/core/transfer.hpp>
#include <ingot/cuda/detail/copy_batch.hpp>
#include <ingot/cuda/detail/pinned_buffer.hpp>
#include <ingot/cuda/detail/ring.hpp>

namespace ingot::cuda::detail {

/// Hands out one page-locked buffer of a ring while the others are filled by their devices. A
/// buffer takes pieces of many requests, whose copies begin together.
class ring_downloader final : public downloader {
 public:
  void request(const memory_space& space, const void* from, std::size_t bytes) override {
    if (bytes == 0) return;
    waiting_.push_back({space.ordinal, from, static_cast<const std::byte*>(from), bytes});
    bytes_waiting_ += padded(bytes);
  }

  std::span<const std::byte> next() override {
    if (!full_.empty() && next_piece_ == full_.front().pieces.size()) release();
    begin();
    if (full_.empty()) return {};
    if (next_piece_ == 0) {
      (*ring_)[full_.front().buffer].wait();
      if (full_.size() == 1 && waiting_.empty()) ring_->settle();  // there is nothing after it
    }
    return full_.front().pieces[next_piece_++];
  }

 private:
  struct part {
    int device;
    const void* tensor;
    const std::byte* from;
    std::size_t bytes;
  };
  /// A buffer that is filled, or is being filled.
  struct filled {
    std::size_t buffer;
    std::vector<std::span<const std::byte>> pieces{};
  };

  void release() {
    free_.push_back(full_.front().buffer);
    full_.pop_front();
    next_piece_ = 0;
  }

  // Has the free buffers filled.
  void begin() {
    if (waiting_.empty()) return;
    if (full_.empty()) make_ring();
    while (!free_.empty() && !waiting_.empty()) {
      const std::size_t which = free_.back();
      free_.pop_back();
      full_.push_back({which});
      fill((*ring_)[which], full_.back().pieces);
    }
  }

  // Nothing is under way: the ring may be replaced by a larger one.
  void make_ring() {
    if (ring_ && (ring_->size() > 1 || ring_->capacity() >= bytes_waiting_)) return;
    free_.clear();
    ring_.reset();
    ring_.emplace(waiting_.front().device, bytes_waiting_);
    for (std::size_t i = 0; i < ring_->size(); ++i) free_.push_back(i);
  }

  void fill(pinned_buffer& buffer, std::vector<std::span<const std::byte>>& pieces) {
    std::vector<copy_job> jobs;
    std::size_t used = 0;
    while (!waiting_.empty() && used < buffer.size()) {
      part& first = waiting_.front();
      const std::size_t now = std::min({first.bytes, transfer_piece, buffer.size() - used});
      std::byte* const to = buffer.data() + used;
      add_job(jobs, {first.device, first.tensor, to, first.from, now});
      pieces.emplace_back(to, now);
      used += padded(now);
      first.from += now;
      first.bytes -= now;
      bytes_waiting_ -= padded(now);
      if (first.bytes == 0) waiting_.pop_front();
    }
    ring_->begin(buffer, jobs, cudaMemcpyDeviceToHost);
  }

  std::deque<part> waiting_;  // what was asked for and isn't on its way
  std::size_t bytes_waiting_ = 0;
  std::optional<ring> ring_;
  std::vector<std::size_t> free_;  // buffers of the ring
  std::deque<filled> full_;
  std::size_t next_piece_ = 0;  // of the first of them
};

inline std::unique_ptr<downloader> make_downloader(const memory_space&) {
  return std::make_unique<ring_downloader>();
}

}  // namespace ingot::cuda::detail
