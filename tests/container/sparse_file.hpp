// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <ingot/io/sink.hpp>
#include <ingot/io/source.hpp>

/// What was written, without the middles of large blocks, which must be zeros: a file of many GiB
/// in little memory.
class sparse_file final : public ingot::sink, public ingot::source {
 public:
  const std::string& name() const noexcept override { return name_; }
  std::uint64_t size() const noexcept override { return position(); }

  void read(std::uint64_t offset, std::span<std::byte> into) const override {
    std::fill(into.begin(), into.end(), std::byte{});
    const std::uint64_t end = offset + into.size();
    auto piece = pieces_.upper_bound(offset);
    if (piece != pieces_.begin()) --piece;
    for (; piece != pieces_.end() && piece->first < end; ++piece) {
      const std::uint64_t from = std::max(offset, piece->first);
      const std::uint64_t to = std::min(end, piece->first + piece->second.size());
      if (from >= to) continue;
      std::copy_n(piece->second.begin() + static_cast<std::ptrdiff_t>(from - piece->first),
                  to - from, into.begin() + static_cast<std::ptrdiff_t>(from - offset));
    }
  }

 private:
  static constexpr std::size_t large = 128 * 1024;
  static constexpr std::size_t kept = 64;

  void do_write(std::span<const std::byte> more) override {
    if (more.size() < large) return keep(position(), more);
    keep(position(), more.first(kept));
    keep(position() + more.size() - kept, more.last(kept));
  }

  void keep(std::uint64_t offset, std::span<const std::byte> bytes) {
    if (!bytes.empty()) {
      pieces_.emplace_hint(pieces_.end(), offset,
                           std::vector<std::byte>(bytes.begin(), bytes.end()));
    }
  }

  std::map<std::uint64_t, std::vector<std::byte>> pieces_;
  std::string name_ = "sparse";
};
