// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>

#include <cuda_runtime_api.h>

#include <ingot/cuda/detail/pinned_pool.hpp>

namespace ingot::cuda {

/// How Ingot copies to and from devices; see transfer_scope.
struct transfer_options {
  int device = 0;  ///< whose stream `stream` is
  /// The stream that the copies of the device are made in: after what it was given before, and
  /// before what it is given later. Without one: the thread's own default stream, which comes after
  /// what the legacy default stream was given, and after no other stream.
  std::optional<cudaStream_t> stream{};
  /// The most page-locked host memory that one load or save takes, at least 256 KiB (twice that
  /// where tensors go to devices and come from devices at once), and that is kept for the next one.
  std::optional<std::size_t> pinned_bytes{};
};

/// While it lives, what the calling thread loads and saves is copied so (torch.cuda.stream). A
/// scope inside of another one says only what changes.
///
/// Ingot waits for its own copies, in the streams that they are in. When a load, save, clone or
/// copy returns, the copies are complete. The memory that they touch must not be in use by other
/// streams meanwhile.
class transfer_scope {
 public:
  explicit transfer_scope(const transfer_options& options)
      : options_(options), outer_(innermost()) {
    innermost() = this;
  }
  transfer_scope(const transfer_scope&) = delete;  // it belongs to a scope
  transfer_scope& operator=(const transfer_scope&) = delete;
  ~transfer_scope() { innermost() = outer_; }

  /// The stream for copies to and from a device.
  static cudaStream_t stream_of(int device) noexcept {
    for (const transfer_scope* each = innermost(); each != nullptr; each = each->outer_) {
      if (each->options_.device != device || !each->options_.stream) continue;
      const cudaStream_t stream = *each->options_.stream;
      // Some calls don't take the legacy default stream; the thread's own is in order with it.
      const bool legacy = stream == nullptr || stream == cudaStreamLegacy;
      return legacy ? cudaStreamPerThread : stream;
    }
    return cudaStreamPerThread;
  }

  /// The most page-locked memory that a load or a save may take.
  static std::size_t pinned_bytes() noexcept {
    for (const transfer_scope* each = innermost(); each != nullptr; each = each->outer_) {
      if (each->options_.pinned_bytes) return *each->options_.pinned_bytes;
    }
    return std::size_t{32} << 20;
  }

 private:
  static transfer_scope*& innermost() noexcept {
    thread_local transfer_scope* scope = nullptr;
    return scope;
  }

  transfer_options options_;
  transfer_scope* outer_;
};

/// Gives the page-locked memory back that the process keeps for the next load or save. CUDA may let
/// all devices finish first what they do.
inline void release_pinned_memory() noexcept { detail::process_pool().clear(); }

}  // namespace ingot::cuda
