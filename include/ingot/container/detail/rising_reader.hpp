// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ingot/io/source.hpp>

namespace ingot::detail {

/// Reads short pieces of a file whose offsets rise. Where they lie close together one read fetches
/// many: a call each would be most of the time that 100,000 small tensors take to open.
class rising_reader {
 public:
  explicit rising_reader(const source& file) : file_(file) {}

  /// `size` bytes from `offset` on; `next`: where the next piece will start. Valid until the next
  /// call.
  std::span<const std::byte> read(std::uint64_t offset, std::size_t size, std::uint64_t next) {
    if (const auto all = file_.bytes(); !all.empty()) {
      return all.subspan(static_cast<std::size_t>(offset), size);
    }
    const bool held = offset >= start_ && offset - start_ <= bytes_.size() &&
                      size <= bytes_.size() - (offset - start_);
    if (!held) {
      constexpr std::uint64_t block = 64 * 1024;
      const std::uint64_t ahead = next - offset < block / 4 ? block : size;
      start_ = offset;
      bytes_.resize(static_cast<std::size_t>(
          std::min(std::max<std::uint64_t>(ahead, size), file_.size() - offset)));
      file_.read(start_, bytes_);
    }
    return std::span(bytes_).subspan(static_cast<std::size_t>(offset - start_), size);
  }

 private:
  const source& file_;
  std::vector<std::byte> bytes_;
  std::uint64_t start_ = 0;
};

}  // namespace ingot::detail
