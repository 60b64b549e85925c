// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <utility>

#include <ingot/core/error.hpp>

namespace ingot::detail {

inline std::string hexadecimal(std::uint32_t number) {
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  return std::string(digits.data(), end);
}

/// The facts of bytes that don't have the CRC-32 that the file says, in the same words whichever
/// format they are in.
inline error_info damage(std::string file, std::string where, std::uint32_t expected,
                         std::uint32_t found) {
  return {.file = std::move(file),
          .where = std::move(where),
          .expected = "bytes with the CRC-32 " + hexadecimal(expected),
          .found = hexadecimal(found),
          .remedy = "the file is damaged: take another copy of it"};
}

}  // namespace ingot::detail
