// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/safe_hash.hpp>
#include <ingot/state/children.hpp>
#include <ingot/state/expanded_size.hpp>
#include <ingot/state/print.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

/// What a key or an index is called in a name.
inline std::string key_name(const value& key) {
  std::ostringstream text;
  text << key;
  return std::move(text).str();
}

/// A value without children of its own (a tensor counts as one), and its name: the keys and indices
/// that lead to it, joined by '.'. It refers into the tree.
struct leaf {
  std::string name;
  const value* content = nullptr;
  bool attribute = false;  ///< lies in an attribute, such as OrderedDict's _metadata
  bool in_key = false;     ///< is a key of a dict, or a part of one
};

namespace detail {

inline bool is_container(const value& of) {
  return of.is_mapping() || of.is_sequence() || of.kind() == kind::object;
}

struct leaf_frame {
  const value* of;
  std::size_t next;
  std::size_t prefix;  ///< length of its name
  bool attribute;
  bool in_key;
};

/// What the child is called in its parent; nothing for a key that names its content.
inline std::string child_name(const value& parent, std::size_t index) {
  if (parent.is_sequence()) return std::to_string(index);
  const std::size_t in_items = 2 * parent.items().size();
  if (index < in_items) return ingot::key_name(parent.items()[index / 2].first);
  return ingot::key_name(parent.attributes()[index - in_items].first);
}

inline bool is_plain_key(const leaf_frame& at, std::size_t index) {
  if (at.of->is_sequence() || index >= 2 * at.of->items().size() || index % 2 == 1) return false;
  const value& key = at.of->items()[index / 2].first;
  return !is_container(key) && !key.is_tensor();
}

}  // namespace detail

/// All leaves in order; what is shared is there under each of its names. Objects of unknown classes
/// are looked into, or are leaves themselves. Throws value_error where the leaves would be out of
/// proportion to the tree.
inline std::vector<leaf> leaves_of(const value& root, bool into_objects = true) {
  detail::check_expanded_size(root);
  std::vector<leaf> result;
  std::string path;
  detail::name_budget names;
  std::vector<detail::leaf_frame> stack;
  const auto visit = [&](const value& of, bool attribute, bool in_key) {
    const bool closed = of.kind() == kind::object && !into_objects;
    if (detail::is_container(of) && !closed && child_count(of) != 0) {
      stack.push_back({&of, 0, path.size(), attribute, in_key});
    } else {
      names.add(path.size());
      result.push_back({path, &of, attribute, in_key});
    }
  };
  visit(root, false, false);
  while (!stack.empty()) {
    detail::leaf_frame& top = stack.back();
    path.resize(top.prefix);
    if (top.next == child_count(*top.of)) {
      stack.pop_back();
      continue;
    }
    const std::size_t index = top.next++;
    if (detail::is_plain_key(top, index)) continue;
    if (!path.empty()) path += '.';
    path += detail::child_name(*top.of, index);
    const std::size_t in_items = top.of->is_sequence() ? 0 : 2 * top.of->items().size();
    const bool attribute = top.attribute || (!top.of->is_sequence() && index >= in_items);
    const bool in_key = top.in_key || (index < in_items && index % 2 == 0);
    visit(child(*top.of, index), attribute, in_key);
  }
  return result;
}

/// The leaves of a tree as a dict from their names, for formats that know no nesting: {"model":
/// {"weight": w}} becomes {"model.weight": w}. Attributes (_metadata) are left out, and keys are
/// names only, tuples and tensors too. Throws value_error where two leaves would have one name,
/// where all tensors are in attributes (a frozen TorchScript module's), or as leaves_of does.
inline value flatten(const value& root) {
  std::vector<leaf> parts = leaves_of(root, false);
  std::unordered_set<std::string_view, detail::safe_hash> names;
  std::vector<value::pair> items;
  items.reserve(parts.size());
  const leaf* unnamed = nullptr;
  for (const leaf& part : parts) {
    if (part.in_key) continue;
    if (part.attribute) {
      if (part.content->is_tensor() && unnamed == nullptr) unnamed = &part;
      continue;
    }
    if (!names.insert(part.name).second) {
      throw value_error({.where = part.name.substr(0, 200),
                         .expected = "names that differ when their keys are joined by '.'",
                         .found = "two of this name"});
    }
    items.emplace_back(part.name, *part.content);
  }
  if (items.empty() && unnamed != nullptr) {
    throw value_error({.where = unnamed->name.substr(0, 200),
                       .expected = "tensors in the items of a dict",
                       .found = "tensors in its attributes only",
                       .remedy = "take them from there: they have no names of their own"});
  }
  return value::make_mapping(kind::dict, std::move(items));
}

}  // namespace ingot
