// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace ingot {

/// Where an archive writes: bytes are appended, never taken back.
class sink {
 public:
  sink() = default;
  sink(const sink&) = delete;  // two writers of one stream would interleave
  sink& operator=(const sink&) = delete;
  virtual ~sink() = default;

  /// What error messages call it: the path, or "stream", "memory".
  virtual const std::string& name() const noexcept = 0;

  /// Appends all of `bytes`. Throws file_error where the system fails.
  void write(std::span<const std::byte> bytes) {
    do_write(bytes);
    position_ += bytes.size();
  }

  /// Number of bytes written so far.
  std::uint64_t position() const noexcept { return position_; }

 private:
  virtual void do_write(std::span<const std::byte> bytes) = 0;

  std::uint64_t position_ = 0;
};

}  // namespace ingot
