// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <ingot/core/error.hpp>
#include <ingot/core/utf8.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::index {

/// The code of the first character of UTF-8, which it takes away.
inline std::uint32_t take_character(std::string_view& text) noexcept {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  std::uint32_t code = length == 1 ? first : first & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    code = (code << 6) | (static_cast<unsigned char>(text[i]) & 0x3fu);
  }
  text.remove_prefix(length);
  return code;
}

/// A str as Python's json.dumps writes it: all that isn't printable ASCII as \uXXXX, in UTF-16.
/// Throws value_error for what isn't UTF-8.
inline std::string json_text(std::string_view text) {
  if (!is_utf8(text)) {
    throw value_error({.where = detail::quoted(text), .expected = "UTF-8", .found = "other bytes"});
  }
  std::string result = "\"";
  const auto escape = [&](std::uint32_t unit) {
    constexpr std::string_view digits = "0123456789abcdef";
    result += "\\u";
    for (const unsigned shift : {12u, 8u, 4u, 0u}) result += digits[(unit >> shift) & 15u];
  };
  while (!text.empty()) {
    const std::uint32_t code = take_character(text);
    constexpr std::string_view named = "\"\\\b\f\n\r\t";
    constexpr std::string_view letters = "\"\\bfnrt";
    const std::size_t at = code < 0x80 ? named.find(static_cast<char>(code)) : named.npos;
    if (at != named.npos) {
      result += '\\';
      result += letters[at];
    } else if (code >= 0x20 && code < 0x7f) {
      result += static_cast<char>(code);
    } else if (code < 0x10000) {
      escape(code);
    } else {
      escape(0xd800 + ((code - 0x10000) >> 10));
      escape(0xdc00 + ((code - 0x10000) & 0x3ffu));
    }
  }
  return result += '"';
}

/// str to str, in the order of their code points, which json.dumps(sort_keys=True) has too.
using texts = std::map<std::string, std::string, std::less<>>;

/// The text of an index, as transformers writes it: json.dumps(..., indent=2, sort_keys=True) and a
/// line feed. Throws value_error for names that aren't UTF-8.
inline std::string write(const texts& weight_map, texts metadata, std::uint64_t total_size) {
  const auto object = [](const texts& items, const std::string* number) {
    std::string out = "{";
    const char* separator = "\n    ";
    for (const auto& [key, text] : items) {
      out.append(separator).append(json_text(key)).append(": ");
      out += &text == number ? text : json_text(text);
      separator = ",\n    ";
    }
    return out += items.empty() ? "}" : "\n  }";
  };
  std::string& total = metadata["total_size"];
  total = std::to_string(total_size);
  return "{\n  \"metadata\": " + object(metadata, &total) +
         ",\n  \"weight_map\": " + object(weight_map, nullptr) + "\n}\n";
}

}  // namespace ingot::detail::index
