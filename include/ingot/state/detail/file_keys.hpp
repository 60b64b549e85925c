// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/state/load_options.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail {

/// The model's name for a key of the file.
inline std::string rename_key(std::string_view key, const load_options& options) {
  if (!options.strip_prefix.empty() && key.starts_with(options.strip_prefix)) {
    key.remove_prefix(options.strip_prefix.size());
  }
  return options.add_prefix + (options.rename ? options.rename(key) : std::string(key));
}

/// What a mapping of a file holds, under the names that the options make of its keys.
class file_keys {
 public:
  struct item {
    std::string_view name;  ///< empty of a key that is no str
    const value* key;
    const value* content;
    bool used = false;
  };

  /// `state` and the options must outlive it. Throws value_error where `state` is no mapping, or
  /// two keys become one.
  file_keys(const value& state, const load_options& options) {
    if (!state.is_mapping()) {
      throw value_error({.where = "load_state_dict",
                         .expected = "a state_dict, which is a dict of tensors",
                         .found = summary(state)});
    }
    const bool renames =
        !options.strip_prefix.empty() || !options.add_prefix.empty() || options.rename;
    if (renames) renamed_.reserve(state.size());  // views of the strings must stay valid
    items_.reserve(state.size());
    index_.reserve(state.size());
    for (const auto& [key, content] : state.items()) {
      std::string_view name;
      if (key.kind() == kind::string) {
        name = renames ? renamed_.emplace_back(rename_key(key.text(), options)) : key.text();
        if (options.filter && !options.filter(name)) continue;
        add(name);
      }
      items_.push_back({name, &key, &content});
    }
  }

  const std::vector<item>& items() const noexcept { return items_; }

  bool contains(std::string_view name) const { return index_.contains(name); }

  /// The value under a name, which then counts as used; or null.
  const value* take(std::string_view name) {
    const auto found = index_.find(name);
    if (found == index_.end()) return nullptr;
    items_[found->second].used = true;
    return items_[found->second].content;
  }

 private:
  void add(std::string_view name) {
    if (index_.try_emplace(name, items_.size()).second) return;
    throw value_error({.where = "load_state_dict",
                       .expected = "keys that stay different when renamed",
                       .found = "two keys that become \"" + std::string(name) + '"'});
  }

  std::vector<std::string> renamed_;
  std::vector<item> items_;
  std::unordered_map<std::string_view, std::size_t> index_;
};

}  // namespace ingot::detail
