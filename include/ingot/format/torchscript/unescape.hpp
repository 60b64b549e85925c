// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <ingot/core/error.hpp>

namespace ingot::detail::torchscript {

/// The string that a literal is, from what is between its quotes, with the escapes that PyTorch's
/// parser knows (torch/csrc/jit/frontend/parser.cpp, parseStringLiteral): no \x and no \u. Throws
/// format_error for any other.
inline std::string unescape(std::string_view literal) {
  constexpr std::string_view letters = "\\'\"abfnrtv";
  constexpr std::string_view meanings = "\\'\"\a\b\f\n\r\t\v";
  const auto octal = [&](std::size_t at) {
    return at < literal.size() && literal[at] >= '0' && literal[at] <= '7' ? literal[at] - '0' : -1;
  };
  std::string result;
  result.reserve(literal.size());
  for (std::size_t i = 0; i < literal.size(); ++i) {
    if (literal[i] != '\\') {
      result += literal[i];
      continue;
    }
    const std::size_t letter =
        i + 1 < literal.size() ? letters.find(literal[i + 1]) : std::string_view::npos;
    if (letter != std::string_view::npos) {
      result += meanings[letter];
      ++i;
    } else if (octal(i + 1) >= 0 && octal(i + 1) < 4 && octal(i + 2) >= 0 && octal(i + 3) >= 0) {
      result += static_cast<char>(64 * octal(i + 1) + 8 * octal(i + 2) + octal(i + 3));
      i += 3;
    } else {
      throw format_error({.expected = "an escape such as \\n or \\012",
                          .found = std::string(literal.substr(i, 4))});
    }
  }
  return result;
}

}  // namespace ingot::detail::torchscript
