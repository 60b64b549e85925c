// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ingot::detail::json {

/// Appends a JSON string as serde_json writes it: only quotes, backslashes and control characters
/// are escaped. The text must be UTF-8.
inline void append_string(std::string& to, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  constexpr std::string_view named = "\b\t\n\f\r\"\\";
  constexpr std::string_view names = "btnfr\"\\";
  to += '"';
  for (const char each : text) {
    if (const std::size_t at = named.find(each); at != std::string_view::npos) {
      to += '\\';
      to += names[at];
    } else if (static_cast<unsigned char>(each) < 0x20) {
      to.append("\\u00");
      to += digits[static_cast<std::size_t>(each) >> 4];
      to += digits[static_cast<std::size_t>(each) & 15];
    } else {
      to += each;
    }
  }
  to += '"';
}

}  // namespace ingot::detail::json
