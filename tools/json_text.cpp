// SPDX-License-Identifier: Apache-2.0
#include "json_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ingot/core/error.hpp>
#include <optional>
#include <vector>

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

constexpr std::uint32_t limb_base = 1'000'000'000;

/// Appends number * 2^32 + limb to a number in limbs of nine decimal digits.
void multiply_add(std::vector<std::uint32_t>& number, std::uint32_t limb) {
  std::uint64_t carry = limb;
  for (std::uint32_t& part : number) {
    carry += static_cast<std::uint64_t>(part) << 32;
    part = static_cast<std::uint32_t>(carry % limb_base);
    carry /= limb_base;
  }
  for (; carry != 0; carry /= limb_base) {
    number.push_back(static_cast<std::uint32_t>(carry % limb_base));
  }
}

/// The magnitude's 32-bit parts, least significant first.
std::vector<std::uint32_t> magnitude(std::string_view octets, bool negative) {
  std::vector<std::uint32_t> parts((octets.size() + 3) / 4);
  std::uint32_t carry = negative ? 1 : 0;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    std::uint32_t octet = static_cast<unsigned char>(octets[i]);
    if (negative) {
      octet = (~octet & 0xffu) + carry;
      carry = octet >> 8;
      octet &= 0xffu;
    }
    parts[i / 4] |= octet << (8 * (i % 4));
  }
  // Only -2^(8n-1) carries into its own sign bit; nothing is lost.
  return parts;
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
  if (std::isnan(number)) return "\"nan\"";
  if (std::isinf(number)) return number < 0 ? "\"-inf\"" : "\"inf\"";
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  std::string text(digits.data(), end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string decimal(std::string_view octets) {
  // The conversion takes quadratic time: this is a tenth of a second, 39,000 digits.
  constexpr std::size_t longest = 16 * 1024;
  if (octets.size() > longest) {
    throw value_error({.where = "int",
                       .expected = "at most " + std::to_string(longest) + " bytes",
                       .found = std::to_string(octets.size())});
  }
  const bool negative = !octets.empty() && (static_cast<unsigned char>(octets.back()) & 0x80u) != 0;
  const std::vector<std::uint32_t> parts = magnitude(octets, negative);
  std::vector<std::uint32_t> number;
  for (std::size_t i = parts.size(); i-- > 0;) multiply_add(number, parts[i]);
  if (number.empty()) return "0";
  std::string text = negative ? "-" : "";
  text += std::to_string(number.back());
  for (std::size_t i = number.size() - 1; i-- > 0;) {
    const std::string digits = std::to_string(number[i]);
    text.append(9 - digits.size(), '0').append(digits);
  }
  return text;
}

}  // namespace ingot::tools
