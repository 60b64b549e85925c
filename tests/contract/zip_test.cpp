// SPDX-License-Identifier: Apache-2.0
#include <ingot/ingot.hpp>

#include "facts.hpp"

template <>
struct contract::facts<ingot::zip> : contract::defaults {
  static constexpr kinds values = kinds::torch;
};
using subject = ingot::zip;

#include "suite.hpp"
#include "value_suite.hpp"
