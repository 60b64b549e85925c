// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <ingot/state/value.hpp>

namespace ingot::tools {

/// A value in a few words that a terminal may be given: `tensor float32 [2, 3]`, `int 3`, `dict of
/// 2 items`.
std::string described(const value& of);

}  // namespace ingot::tools
