// SPDX-License-Identifier: Apache-2.0
#include "user_archive.hpp"

#include <ingot/ingot.hpp>

#include "facts.hpp"

template <>
struct contract::facts<user_archive> : contract::defaults {
  static constexpr bool known = false;
};
using subject = user_archive;

#include "suite.hpp"
#include "value_suite.hpp"
