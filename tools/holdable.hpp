// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <ingot/state/value.hpp>

namespace ingot::tools {

/// A tree without what PyTorch's file can't hold, and the names of what was left out.
struct holdable_part {
  value root;
  std::vector<std::string> left_out;
};

/// Leaves out each dict item that holds something which torch.load(weights_only=True) would not take
/// back: an instance of a class, a reference back to an enclosing object. Throws value_error where
/// the root itself is such a value.
holdable_part keep_holdable(const value& root);

}  // namespace ingot::tools
