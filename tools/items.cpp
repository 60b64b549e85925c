// SPDX-License-Identifier: Apache-2.0
#include "items.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/state/children.hpp>
#include <ingot/state/expanded_size.hpp>

#include "text.hpp"

namespace ingot::tools {

namespace {

constexpr std::size_t no_folder = static_cast<std::size_t>(-1);

/// An entry of a dict in the making: a value, or another dict in the making.
struct slot {
  std::string key;
  const value* content;
  std::size_t folder;
};

struct folder {
  const value* of;
  std::size_t parent;
  std::string prefix;  ///< of its items' names, '.' included
  std::vector<slot> slots;
  bool changed = false;
};

class renaming {
 public:
  explicit renaming(const item_names& rename) : rename_(rename) {}

  value operator()(const value& root) {
    folders_.push_back({&root, no_folder, "", {}});
    std::vector<std::pair<std::size_t, std::size_t>> stack{{0, 0}};
    while (!stack.empty()) {
      auto& [at, next] = stack.back();
      if (next == folders_[at].of->size()) {
        stack.pop_back();
        continue;
      }
      const auto& [key, content] = folders_[at].of->items()[next++];
      if (has_named_items(content)) {
        stack.emplace_back(enter(at, key.text(), content), 0);
      } else {
        place(at, key.text(), content);
      }
    }
    return build();
  }

 private:
  std::size_t enter(std::size_t at, const std::string& key, const value& content) {
    names_.add(folders_[at].prefix.size() + key.size() + 1);
    folders_[at].slots.push_back({key, nullptr, folders_.size()});
    folders_.push_back({&content, at, folders_[at].prefix + key + '.', {}});
    return folders_.size() - 1;
  }

  void place(std::size_t at, const std::string& key, const value& content) {
    const std::string name = folders_[at].prefix + key;
    const std::optional<std::string> renamed = rename_(name);
    if (renamed == name) {
      folders_[at].slots.push_back({key, &content, no_folder});
      return;
    }
    folders_[at].changed = true;
    if (!renamed) return;
    std::size_t to = at;
    while (!begins_with(*renamed, folders_[to].prefix)) to = folders_[to].parent;
    folders_[to].changed = true;
    folders_[to].slots.push_back(
        {renamed->substr(folders_[to].prefix.size()), &content, no_folder});
  }

  // The root's prefix is empty: every name begins with it.
  static bool begins_with(std::string_view name, std::string_view prefix) {
    return prefix.empty() || (name.starts_with(prefix) && name.size() > prefix.size());
  }

  value build() {
    // Children come after their parents.
    std::vector<value> built(folders_.size());
    for (std::size_t i = folders_.size(); i-- > 0;) built[i] = build(folders_[i], built);
    return built[0];
  }

  value build(folder& of, const std::vector<value>& built) {
    std::vector<value::pair> items;
    std::unordered_set<std::string> names;
    for (const slot& each : of.slots) {
      const value& content = each.folder == no_folder ? *each.content : built[each.folder];
      if (each.folder != no_folder && content.is_none()) {
        of.changed = true;
        continue;
      }
      if (!names.insert(each.key).second) refuse_twice(of.prefix + each.key);
      items.emplace_back(each.key, content);
    }
    const bool is_root = of.parent == no_folder;
    if (items.empty() && !is_root) return {};
    // _metadata speaks of modules by the names that they had.
    const auto attributes = of.of->attributes();
    return value::make_mapping(
        of.of->kind(), std::move(items),
        of.changed ? std::vector<value::pair>{}
                   : std::vector<value::pair>(attributes.begin(), attributes.end()));
  }

  [[noreturn]] static void refuse_twice(const std::string& name) {
    throw value_error({.where = printable(name),
                       .expected = "one item of that name",
                       .found = "two after renaming",
                       .remedy = "change --rename, or leave one out by --only"});
  }

  const item_names& rename_;
  std::vector<folder> folders_;
  detail::name_budget names_;
};

}  // namespace

bool has_named_items(const value& of) {
  return of.is_mapping() && of.size() != 0 &&
         std::ranges::all_of(
             of.items(), [](const value::pair& item) { return item.first.kind() == kind::string; });
}

value rename_items(const value& root, const item_names& rename) {
  if (!has_named_items(root)) {
    throw value_error({.where = "root",
                       .expected = "a dict with str keys, to rename or filter by",
                       .found = std::string(name(root.kind()))});
  }
  detail::check_expanded_size(root);
  return renaming(rename)(root);
}

}  // namespace ingot::tools
