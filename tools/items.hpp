// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <ingot/state/value.hpp>

namespace ingot::tools {

/// What an item is to be called, or nothing where it is to go.
using item_names = std::function<std::optional<std::string>(const std::string& name)>;

/// Whether a value is what rename_items takes: a dict that isn't empty, with str keys.
bool has_named_items(const value& of);

/// The tree with its items renamed and filtered. An item is what lies in nested dicts of str keys;
/// its name is those keys joined by '.'. A renamed item stays in the innermost of its dicts that
/// its new name still begins with, the rest of the name being its key there: renaming ^model\. to
/// nothing lifts a model's items to the root. Dicts that have lost all items go. Throws value_error
/// where two items would get one name.
value rename_items(const value& root, const item_names& rename);

}  // namespace ingot::tools
