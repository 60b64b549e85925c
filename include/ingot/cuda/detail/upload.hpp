// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include <cuda_runtime_api.h>

#include <ingot/core/memory_space.hpp>
#include <ingot/core/transfer.hpp>
#include <ingot/cuda/detail/copy_batch.hpp>
#include <ingot/cuda/detail/device_copies.hpp>
#include <ingot/cuda/detail/pinned_buffer.hpp>
#include <ingot/cuda/detail/ring.hpp>

namespace ingot::cuda::detail {

/// Fills one page-locked buffer of a ring while the others are copied to their devices. A buffer
/// takes many pieces, whose copies begin together.
class ring_uploader final : public uploader {
 public:
  ring_uploader(const memory_space& first, std::size_t expected) : ring_(first.ordinal, expected) {}

  std::span<std::byte> buffer(std::size_t size) override {
    if (size > ring_[now_].size() - used_) {
      begin();
      now_ = (now_ + 1) % ring_.size();
      ring_[now_].wait();
      used_ = 0;
    }
    size_ = size;
    return {ring_[now_].data() + used_, size};
  }

  void send(const memory_space& space, void* tensor, std::size_t offset) override {
    if (size_ == 0) return;
    pinned_buffer& from = ring_[now_];
    add_job(jobs_, {space.ordinal, tensor, static_cast<std::byte*>(tensor) + offset,
                    from.data() + used_, size_});
    used_ += padded(size_);
    if (used_ >= from.size()) begin();
  }

  void copy(const memory_space& space, void* tensor, const memory_space& of, const void* from,
            std::size_t bytes) override {
    if (of.copy_between != space.copy_between) {
      return uploader::copy(space, tensor, of, from, bytes);
    }
    if (!jobs_.empty()) begin();  // they come before it
    direct_.begin(space.ordinal, tensor, of.ordinal, from, bytes);
  }

  void finish() override {
    if (!jobs_.empty()) begin();
    direct_.finish();
    for (std::size_t i = 0; i < ring_.size(); ++i) ring_[i].wait();
    ring_.settle();
  }

 private:
  void begin() { ring_.begin(ring_[now_], jobs_, cudaMemcpyHostToDevice); }

  ring ring_;
  device_copies direct_;
  std::vector<copy_job> jobs_;
  std::size_t now_ = 0;   // the buffer that is filled
  std::size_t used_ = 0;  // bytes of it
  std::size_t size_ = 0;  // of the last buffer()
};

inline std::unique_ptr<uploader> make_uploader(const memory_space& space, std::size_t expected) {
  return std::make_unique<ring_uploader>(space, expected);
}

}  // namespace ingot::cuda::detail
