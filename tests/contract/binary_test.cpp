// SPDX-License-Identifier: Apache-2.0
#include <ingot/ingot.hpp>

#include "facts.hpp"

template <>
struct contract::facts<ingot::binary> : contract::defaults {};
using subject = ingot::binary;

#include "suite.hpp"
#include "value_suite.hpp"
