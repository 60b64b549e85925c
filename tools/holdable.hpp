// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <ingot/state/value.hpp>

namespace ingot::tools {

/// Whether a format can hold a value that is no dict, list, tuple or set (selective_archive).
using leaf_test = bool (*)(const value& leaf);

/// The names of the values that a format can't hold.
std::vector<std::string> unholdable_values(const value& root, leaf_test holds);

/// The tree without them: each of them takes the innermost dict item that it lies in along. Throws
/// value_error where they lie in none.
value drop_unholdable(const value& root, leaf_test holds);

}  // namespace ingot::tools
