// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Python's ints as pickles have them: two's complement, little-endian, of any length.
namespace ingot::detail {

/// Without the octets that only repeat the sign.
constexpr std::string_view shortest_integer(std::string_view octets) {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(octets[i]); };
  while (octets.size() > 1) {
    const bool negative = (octet(octets.size() - 2) & 0x80u) != 0;
    if (octet(octets.size() - 1) != (negative ? 0xffu : 0u)) break;
    octets.remove_suffix(1);
  }
  return octets;
}

/// Of at most 8 octets.
constexpr std::int64_t integer_of(std::string_view octets) {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(octets[i]); };
  const bool negative = !octets.empty() && (octet(octets.size() - 1) & 0x80u) != 0;
  std::uint64_t bits = negative ? ~std::uint64_t{0} : 0;
  for (std::size_t i = octets.size(); i-- > 0;) bits = (bits << 8) | octet(i);
  return static_cast<std::int64_t>(bits);
}

}  // namespace ingot::detail
