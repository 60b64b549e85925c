// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include <ingot/ingot.hpp>

#include "facts.hpp"

template <>
struct contract::facts<ingot::npz> : contract::defaults {
  static constexpr bool exact = false;
  // A zip file's names, with ".npy" after them.
  static constexpr bool holds_name(std::string_view name) {
    return name.size() <= 65'531 && name.find('\0') == name.npos;
  }
};
using subject = ingot::npz;

#include "suite.hpp"
