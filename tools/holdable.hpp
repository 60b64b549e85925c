// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include <ingot/state/leaves.hpp>
#include <ingot/state/value.hpp>

namespace ingot::tools {

/// Whether a format can hold a value that is no dict, list, tuple or set (selective_archive).
using leaf_test = bool (*)(const value& leaf);

/// The values that a format can't hold; they refer into the tree.
std::vector<leaf> unholdable_values(const value& root, leaf_test holds);

/// The tree without them: each of them takes the innermost dict item that it lies in along. Nothing
/// where one lies in none.
std::optional<value> drop_unholdable(const value& root, leaf_test holds);

}  // namespace ingot::tools
