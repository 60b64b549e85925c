// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <ingot/state/value.hpp>

namespace contract {

/// A state as text, in which everything that a file may lose can be seen: kinds, elements, views,
/// and which nodes and storages are shared. Equal texts are equal states. Reads all elements.
std::string describe_exactly(const ingot::value& state);

/// What of a state is left in a file that holds arrays and nothing else: names, dtypes, shapes and
/// elements, sorted by the names. Numbers are arrays of rank 0.
std::string describe_elements(const ingot::value& state);

}  // namespace contract
