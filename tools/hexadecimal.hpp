// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace ingot::tools {

/// Two lower-case digits a byte.
inline std::string hexadecimal(std::string_view octets) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * octets.size());
  for (const char octet : octets) {
    const auto bits = static_cast<unsigned char>(octet);
    text += digits[bits >> 4];
    text += digits[bits & 15u];
  }
  return text;
}

}  // namespace ingot::tools
