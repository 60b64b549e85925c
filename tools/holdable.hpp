// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <ingot/state/value.hpp>

namespace ingot::tools {

/// The names of the values that PyTorch's file can't hold so that torch.load(weights_only=True)
/// takes them back: instances of other classes, references back to an enclosing object.
std::vector<std::string> unholdable_values(const value& root);

/// The tree without them: each of them takes the innermost dict item that it lies in along. Throws
/// value_error where they lie in none.
value drop_unholdable(const value& root);

}  // namespace ingot::tools
