// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/state/dict.hpp>

namespace ingot {

/// A number as Python's repr() writes it: 0.1, 1e-05, inf.
inline std::string python_repr(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  std::array<char, 32> digits{};
  const double magnitude = std::abs(number);
  // Python changes to an exponent at 1e16 and below 1e-4; the digits are the shortest either way.
  const bool fixed = magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number,
                                 fixed ? std::chars_format::fixed : std::chars_format::scientific)
                       .ptr;
  std::string text(digits.data(), end);
  if (fixed && text.find('.') == std::string::npos) text += ".0";
  return text;
}

/// The decimal digits of an int value of any size. Quadratic in its length, which readers bound.
inline std::string decimal(const value& integer) {
  const std::string octets = integer.integer_octets();
  const bool negative = (static_cast<unsigned char>(octets.back()) & 0x80u) != 0;
  std::vector<std::uint32_t> groups{0};  // base 10^9, lowest first
  for (std::size_t i = octets.size(); i-- > 0;) {
    // Of a negative number the complement is accumulated: -(~x + 1) below.
    const auto octet = static_cast<unsigned char>(negative ? ~octets[i] : octets[i]);
    std::uint64_t carry = octet;
    for (std::uint32_t& group : groups) {
      carry += std::uint64_t{group} * 256;
      group = static_cast<std::uint32_t>(carry % 1'000'000'000);
      carry /= 1'000'000'000;
    }
    if (carry != 0) groups.push_back(static_cast<std::uint32_t>(carry));
  }
  for (std::size_t i = 0; negative; ++i) {
    if (i == groups.size()) groups.push_back(0);
    if (++groups[i] < 1'000'000'000) break;
    groups[i] = 0;
  }
  std::string text = (negative ? "-" : "") + std::to_string(groups.back());
  for (std::size_t i = groups.size() - 1; i-- > 0;) {
    const std::string digits = std::to_string(groups[i]);
    text.append(9 - digits.size(), '0').append(digits);
  }
  return text;
}

/// Prints a scalar as Python's str() does, and what has parts as one short line: containers may be
/// as deep as their file liked. A tensor prints its shape, as in PyTorch's tutorial.
inline std::ostream& operator<<(std::ostream& out, const value& what) {
  switch (what.kind()) {
    case kind::none:
      return out << "None";
    case kind::boolean:
      return out << (what.boolean() ? "True" : "False");
    case kind::integer:
      return out << decimal(what);
    case kind::floating:
      return out << python_repr(what.floating());
    case kind::string:
      return out << what.text();
    case kind::size:
      return out << what.shape();
    case kind::dtype:
      return out << what.type();
    case kind::device:
      return out << std::get<device>(what.identity()->content);
    case kind::tensor:
    case kind::ndarray:
      return out << what.shape();
    case kind::complex: {
      const auto number = std::get<std::complex<double>>(what.identity()->content);
      out << '(' << python_repr(number.real()) << (std::signbit(number.imag()) ? "" : "+");
      return out << python_repr(number.imag()) << "j)";
    }
    default:
      return out << '<' << detail::summary(what) << '>';
  }
}

/// Prints a line an item, as PyTorch's tutorial does: `linear1.weight   torch.Size([8, 2])`.
inline std::ostream& operator<<(std::ostream& out, const dict& state) {
  const auto key_text = [](const value& key) {
    return key.kind() == kind::string ? key.text() : detail::summary(key);
  };
  std::size_t width = 0;
  for (const auto& [key, content] : state) width = std::max(width, key_text(key).size());
  width = std::min<std::size_t>(width, 80);
  for (const auto& [key, content] : state) {
    const std::string text = key_text(key);
    out << text << std::string(text.size() < width ? width - text.size() : 0, ' ') << "   "
        << static_cast<const value&>(content) << '\n';
  }
  return out;
}

}  // namespace ingot
