// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/safe_hash.hpp>

namespace ingot::detail::pickle {

/// Numbers by text. A checkpoint has a text or two a tensor, which is where std::unordered_map's
/// allocation for each entry costs more than all else; this is one block, probed linearly. The
/// texts must stay where they are.
class text_index {
 public:
  /// The number of an equal text that came before; else `number`, which is then the text's.
  std::uint32_t insert(std::string_view text, std::uint32_t number) {
    if (2 * (count_ + 1) > slots_.size()) grow();
    const std::size_t hash = safe_hash{}(text);
    slot& found = slots_[probe(slots_, text, hash)];
    if (found.text.data() != nullptr) return found.number;
    found = {text.data() != nullptr ? text : std::string_view(""), hash, number};
    ++count_;
    return number;
  }

  /// The number of an equal text, or `otherwise`.
  std::uint32_t find(std::string_view text, std::uint32_t otherwise) const {
    if (slots_.empty()) return otherwise;
    const slot& found = slots_[probe(slots_, text, safe_hash{}(text))];
    return found.text.data() != nullptr ? found.number : otherwise;
  }

 private:
  struct slot {
    std::string_view text{};  // null: free
    std::size_t hash = 0;
    std::uint32_t number = 0;
  };

  /// Where the text is, or would be.
  static std::size_t probe(const std::vector<slot>& slots, std::string_view text,
                           std::size_t hash) {
    for (std::size_t i = hash;; ++i) {
      const slot& each = slots[i & (slots.size() - 1)];
      if (each.text.data() == nullptr || (each.hash == hash && each.text == text)) {
        return i & (slots.size() - 1);
      }
    }
  }

  void grow() {
    std::vector<slot> larger(slots_.empty() ? 32 : slots_.size() * 2);
    for (const slot& each : slots_) {
      if (each.text.data() != nullptr) larger[probe(larger, each.text, each.hash)] = each;
    }
    slots_ = std::move(larger);
  }

  std::vector<slot> slots_;  // a power of two of them, at most half in use
  std::size_t count_ = 0;
};

}  // namespace ingot::detail::pickle
