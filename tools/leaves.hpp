// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <ingot/state/value.hpp>

namespace ingot::tools {

/// A value without children of its own (a tensor counts as one), and its name: the keys and indices
/// that lead to it, joined by '.'. It refers into the tree.
struct leaf {
  std::string name;
  const value* content = nullptr;
  bool attribute = false;  ///< lies in an attribute, such as OrderedDict's _metadata
};

/// All leaves in order; what is shared is there under each of its names. Objects of unknown classes
/// are looked into, or are leaves themselves. Throws value_error where the leaves would be out of
/// proportion to the tree.
std::vector<leaf> leaves_of(const value& root, bool into_objects = true);

/// What a key or an index is called in a name.
std::string key_name(const value& key);

}  // namespace ingot::tools
