// SPDX-License-Identifier: Apache-2.0
#include <ingot/ingot.hpp>

#include "facts.hpp"

// One array: what is said of dicts isn't said of it.
template <>
struct contract::facts<ingot::npy> : contract::defaults {
  static constexpr bool exact = false;
  static constexpr bool dictionary = false;
  static constexpr bool checksums = false;
};
using subject = ingot::npy;

#include "array_suite.hpp"
#include "failure_suite.hpp"
#include "lazy_suite.hpp"
