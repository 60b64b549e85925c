// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include <ingot/cuda/detail/pinned_buffer.hpp>

namespace ingot::cuda::detail {

/// The process's page-locked buffers that nothing is copied from or to. They are kept since to make
/// one takes as long as to copy many times its size, and to free one lets all devices finish first
/// what they do.
class pinned_pool {
 public:
  /// A kept buffer of this size or more, or a new one. `most` bytes may be kept beside it. Throws
  /// device_error.
  pinned_buffer take(int device, std::size_t size, std::size_t most) {
    std::vector<pinned_buffer> dropped;  // freed without the lock
    {
      const std::lock_guard lock(mutex_);
      const auto fits = [size](const pinned_buffer& kept) { return kept.size() >= size; };
      const auto found = std::ranges::find_if(kept_, fits);
      if (found != kept_.end()) {
        std::swap(*found, kept_.back());
        pinned_buffer taken = std::move(kept_.back());
        kept_.pop_back();
        return taken;
      }
      if (bytes() + size > most) dropped.swap(kept_);
    }
    dropped.clear();
    return {device, size};
  }

  /// Keeps a buffer, and at most `most` bytes: the largest ones, which serve any load.
  void keep(pinned_buffer buffer, std::size_t most) noexcept {
    try {
      std::vector<pinned_buffer> dropped;  // freed without the lock
      const std::lock_guard lock(mutex_);
      while (bytes() + buffer.size() > most) {
        const auto least = std::ranges::min_element(kept_, {}, &pinned_buffer::size);
        if (least == kept_.end() || least->size() >= buffer.size()) return;
        dropped.push_back(std::move(*least));
        kept_.erase(least);
      }
      kept_.push_back(std::move(buffer));
    } catch (const std::bad_alloc&) {
      // Then the next load makes its own.
    }
  }

  void clear() noexcept {
    std::vector<pinned_buffer> dropped;
    const std::lock_guard lock(mutex_);
    dropped.swap(kept_);
  }

 private:
  std::size_t bytes() const noexcept {
    std::size_t sum = 0;
    for (const pinned_buffer& each : kept_) sum += each.size();
    return sum;
  }

  std::mutex mutex_;
  std::vector<pinned_buffer> kept_;
};

/// It is never destroyed: at the end of a process CUDA may be gone before.
inline pinned_pool& process_pool() {
  static auto* const pool = new pinned_pool;
  return *pool;
}

}  // namespace ingot::cuda::detail
