// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <ingot/io/endian.hpp>

namespace ingot::detail::native {

/// Finds short texts that were written lately, such as the keys of an optimizer's state. It
/// forgets: a table of all the names of a large state would cost more than writing them twice.
class text_cache {
 public:
  static constexpr std::size_t longest = 128;

  struct entry {
    std::string_view text;
    std::size_t position;
  };

  /// Where the text was written, or an entry to be overwritten with it.
  entry& find(std::string_view text) noexcept { return entries_[slot_of(text)]; }

 private:
  static std::size_t slot_of(std::string_view text) noexcept {
    std::array<std::byte, 8> tail{};  // where the names of a state differ
    const std::size_t size = std::min(text.size(), tail.size());
    std::memcpy(tail.data(), text.data() + text.size() - size, size);
    const auto mixed =
        (load_little<std::uint64_t>(tail.data()) + text.size()) * 0x9e3779b97f4a7c15u;
    return static_cast<std::size_t>(mixed >> 56);
  }

  std::array<entry, 256> entries_{};
};

}  // namespace ingot::detail::native
