// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace ingot {

/// A text as a template argument: a member's name, a path.
template <std::size_t Size>
struct fixed_string {
  char text[Size]{};  // public and an array, since a template argument's type must be structural

  constexpr fixed_string() = default;
  constexpr fixed_string(const char (&literal)[Size]) {  // NOLINT: "weight" is a fixed_string
    std::copy_n(literal, Size, text);
  }

  constexpr std::string_view view() const { return {text, Size - 1}; }
};

}  // namespace ingot
