// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include <ingot/ingot.hpp>

#include "facts.hpp"

template <>
struct contract::facts<ingot::mapped> : contract::defaults {
  static constexpr bool exact = false;
  static constexpr bool checksums = false;
  // Tied tensors are written under one name; the others are noted in the metadata.
  static constexpr ingot::mapped::read_options reading{.restore_ties = true};
  static constexpr bool holds_name(std::string_view name) { return name != "__metadata__"; }
};
using subject = ingot::mapped;

#include "suite.hpp"
