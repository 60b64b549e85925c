// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ingot/state/value.hpp>

namespace ingot::tools {

/// The tree with the state_dict of each entire module (torch.save(model)) in the module's place, at
/// the root or at any depth. A module whose state_dict can't be made stays what it is, as do keys
/// and the elements of sets: Python could not hash a dict there. Throws value_error where there are
/// modules and what is shared would be out of proportion when named each time.
value with_module_states(const value& root);

}  // namespace ingot::tools
