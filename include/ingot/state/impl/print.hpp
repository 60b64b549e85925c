// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <variant>
#include <vector>

#include <ingot/core/dtype.hpp>
#include <ingot/core/separate.hpp>
#include <ingot/state/detail/node.hpp>
#include <ingot/state/print.hpp>
#include <ingot/state/python_repr.hpp>

namespace ingot {

namespace detail {
/// A complex number as Python's repr() writes it: (1+2j), 2j, (-0-0.5j).
inline std::string complex_repr(std::complex<double> number) {
  const auto part = [](double of) {
    std::string text = ingot::python_repr(of);
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return text;
  };
  const std::string imaginary = part(number.imag()) + 'j';
  if (number.real() == 0 && !std::signbit(number.real())) return imaginary;
  return '(' + part(number.real()) + (imaginary.starts_with('-') ? "" : "+") + imaginary + ')';
}
}  // namespace detail

INGOT_INLINE std::string decimal(const value& integer) {
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

INGOT_INLINE std::ostream& operator<<(std::ostream& out, const value& what) {
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
    case kind::complex:
      return out << detail::complex_repr(std::get<std::complex<double>>(what.identity()->content));
    default:
      return out << '<' << detail::summary(what) << '>';
  }
}

INGOT_INLINE std::ostream& operator<<(std::ostream& out, const dict& state) {
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
