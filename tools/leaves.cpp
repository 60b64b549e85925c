// SPDX-License-Identifier: Apache-2.0
#include "leaves.hpp"

#include <cstddef>
#include <sstream>

#include <ingot/state/print.hpp>

#include "children.hpp"

namespace ingot::tools {

namespace {

bool is_container(const value& of) {
  return of.is_mapping() || of.is_sequence() || of.kind() == kind::object;
}

struct frame {
  const value* of;
  std::size_t next;
  std::size_t prefix;  ///< length of its name
  bool attribute;
};

/// What the child is called in its parent; nothing for a key that names its content.
std::string child_name(const value& parent, std::size_t index) {
  if (parent.is_sequence()) return std::to_string(index);
  const std::size_t in_items = 2 * parent.items().size();
  if (index < in_items) return key_name(parent.items()[index / 2].first);
  return key_name(parent.attributes()[index - in_items].first);
}

bool is_plain_key(const frame& at, std::size_t index) {
  if (at.of->is_sequence() || index >= 2 * at.of->items().size() || index % 2 == 1) return false;
  const value& key = at.of->items()[index / 2].first;
  return !is_container(key) && !key.is_tensor();
}

}  // namespace

std::string key_name(const value& key) {
  std::ostringstream text;
  text << key;
  return std::move(text).str();
}

std::vector<leaf> leaves_of(const value& root, bool into_objects) {
  check_expanded_size(root);
  std::vector<leaf> result;
  std::string path;
  name_budget names;
  std::vector<frame> stack;
  const auto visit = [&](const value& of, bool attribute) {
    const bool closed = of.kind() == kind::object && !into_objects;
    if (is_container(of) && !closed && child_count(of) != 0) {
      stack.push_back({&of, 0, path.size(), attribute});
    } else {
      names.add(path.size());
      result.push_back({path, &of, attribute});
    }
  };
  visit(root, false);
  while (!stack.empty()) {
    frame& top = stack.back();
    path.resize(top.prefix);
    if (top.next == child_count(*top.of)) {
      stack.pop_back();
      continue;
    }
    const std::size_t index = top.next++;
    if (is_plain_key(top, index)) continue;
    if (!path.empty()) path += '.';
    path += child_name(*top.of, index);
    const bool attribute =
        top.attribute || (!top.of->is_sequence() && index >= 2 * top.of->items().size());
    visit(child(*top.of, index), attribute);
  }
  return result;
}

}  // namespace ingot::tools
