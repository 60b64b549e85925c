// SPDX-License-Identifier: Apache-2.0
#include "json_text.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <ingot/state/print.hpp>
#include <ingot/state/python_repr.hpp>

namespace ingot::tools {

namespace {

constexpr std::uint32_t replacement_character = 0xfffd;

void append_escape(std::string& to, std::uint32_t unit) {
  constexpr std::string_view digits = "0123456789abcdef";
  to += "\\u";
  for (unsigned shift = 16; shift != 0;) {
    shift -= 4;
    to += digits[(unit >> shift) & 15u];
  }
}

void append_character(std::string& to, std::uint32_t code) {
  if (code == '"' || code == '\\') {
    to += '\\';
    to += static_cast<char>(code);
  } else if (code >= 0x20 && code < 0x7f) {
    to += static_cast<char>(code);
  } else if (code < 0x10000) {
    append_escape(to, code);
  } else {
    append_escape(to, 0xd800 + ((code - 0x10000) >> 10));
    append_escape(to, 0xdc00 + ((code - 0x10000) & 0x3ffu));
  }
}

/// Takes the first character of `text` away and returns its code, or nothing (and one byte) where
/// it isn't UTF-8. Surrogates pass: that is how Python pickles them.
std::optional<std::uint32_t> take_character(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  if (first < 0x80) return first;
  const std::size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
  if (first < 0xc2 || first > 0xf4 || text.size() < more) return std::nullopt;
  std::uint32_t code = first & (0x3fu >> more);
  for (std::size_t i = 0; i < more; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0u) != 0x80u) return std::nullopt;
    code = (code << 6) | (next & 0x3fu);
  }
  constexpr std::array<std::uint32_t, 4> least{0, 0x80, 0x800, 0x10000};
  if (code < least[more] || code > 0x10ffff) return std::nullopt;
  text.remove_prefix(more);
  return code;
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string result = "\"";
  while (!text.empty()) {
    append_character(result, take_character(text).value_or(replacement_character));
  }
  result += '"';
  return result;
}

std::string json_number(double number) {
  const std::string text = python_repr(number);
  return std::isfinite(number) ? text : '"' + text + '"';
}

}  // namespace ingot::tools
