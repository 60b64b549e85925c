// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ingot::detail {

/// Whether text is what Python's "surrogatepass" UTF-8 codec decodes: UTF-8 in which lone
/// surrogates may stand (ed a0 80), because Python's strings may hold them.
inline bool is_python_text(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::size_t i = 0;
  while (i < text.size()) {
    if (text.size() - i >= 8) {
      std::uint64_t eight;
      std::memcpy(&eight, text.data() + i, 8);
      if ((eight & 0x8080808080808080u) == 0) {
        i += 8;
        continue;
      }
    }
    const unsigned lead = byte(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (lead < 0xc2 || lead > 0xf4 || text.size() - i < length) return false;
    for (std::size_t k = 1; k < length; ++k) {
      if ((byte(i + k) & 0xc0u) != 0x80u) return false;
    }
    const unsigned second = byte(i + 1);
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90) ||
        (lead == 0xf4 && second >= 0x90)) {
      return false;  // longer than need be, or past U+10FFFF
    }
    i += length;
  }
  return true;
}

/// Whether text holds a surrogate (ed a0 80 to ed bf bf) and is Python's UTF-8 otherwise.
inline bool has_surrogate(std::string_view text) noexcept {
  for (std::size_t at = text.find('\xed'); at != text.npos; at = text.find('\xed', at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xa0) return true;
  }
  return false;
}

/// Whether text is UTF-8 as programs that aren't Python mean it: without surrogates.
inline bool is_utf8(std::string_view text) noexcept {
  return is_python_text(text) && !has_surrogate(text);
}

}  // namespace ingot::detail
