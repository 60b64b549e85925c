// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/safe_hash.hpp>
#include <ingot/state/load_options.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail {

/// What a report calls a key.
inline std::string reported_key(const value& key) {
  if (key.kind() == kind::string) return key.text();
  const bool number = key.kind() == kind::integer && key.identity() == nullptr;
  return number ? std::to_string(key.integer()) : summary(key);
}

/// What the names of the submodule that is loaded begin with: its path, with one dot.
inline std::string submodule_prefix(const load_options& options) {
  std::string prefix = options.submodule;
  if (!prefix.empty() && !prefix.ends_with('.')) prefix += '.';
  return prefix;
}

/// The model's name for a key of what is loaded.
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
    std::string_view name;  ///< empty of a key that isn't a str, which has no name
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
                         .found = summary(state),
                         .remedy = state.kind() == kind::object
                                       ? "in Python: torch.save(model.state_dict(), path)"
                                       : ""});
    }
    const bool renames =
        !options.strip_prefix.empty() || !options.add_prefix.empty() || options.rename;
    if (renames) renamed_.reserve(state.size());  // views of the strings must stay valid
    const std::string prefix = submodule_prefix(options);
    items_.reserve(state.size());
    for (const auto& [key, content] : state.items()) {
      std::string_view name;
      if (key.kind() == kind::string) {
        name = key.text();
        if (!name.starts_with(prefix)) continue;
        name.remove_prefix(prefix.size());
        if (renames) name = renamed_.emplace_back(rename_key(name, options));
        if (options.filter && !options.filter(name)) continue;
      } else if (!prefix.empty()) {
        continue;
      }
      items_.push_back({name, &key, &content});
    }
    if (renames) make_index();
  }

  const std::vector<item>& items() const noexcept { return items_; }

  /// The value under a name, which then counts as used; or null. Quickest in the file's order.
  const value* take(std::string_view name) {
    if (next_ == items_.size() || items_[next_].name != name) {
      if (index_.empty()) make_index();
      const auto found = index_.find(name);
      if (found == index_.end()) return nullptr;
      next_ = found->second;
    }
    item& taken = items_[next_++];
    taken.used = true;
    return taken.content;
  }

 private:
  void make_index() {
    index_.reserve(items_.size());
    for (std::size_t i = 0; i < items_.size(); ++i) {
      const std::string_view name = items_[i].name;
      if (items_[i].key->kind() != kind::string || index_.try_emplace(name, i).second) continue;
      throw value_error({.where = "load_state_dict",
                         .expected = "different names after renaming",
                         .found = "two keys of the name \"" + std::string(name) + '"'});
    }
  }

  std::vector<std::string> renamed_;
  std::vector<item> items_;
  std::size_t next_ = 0;  // after the one that was taken last: files have the model's order
  std::unordered_map<std::string_view, std::size_t, safe_hash> index_;
};

}  // namespace ingot::detail
