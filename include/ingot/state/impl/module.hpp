// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/safe_hash.hpp>
#include <ingot/core/separate.hpp>
#include <ingot/state/detached.hpp>
#include <ingot/state/expanded_size.hpp>
#include <ingot/state/module.hpp>

namespace ingot {

namespace detail {

/// What a torch.nn.Module of a file holds: parts of its __dict__.
struct module_parts {
  const value* parameters = nullptr;
  const value* buffers = nullptr;
  const value* modules = nullptr;
  const value* non_persistent = nullptr;  ///< names of buffers; null in files of before 1.6

  explicit operator bool() const noexcept { return parameters && buffers && modules; }
  std::size_t size() const { return parameters->size() + buffers->size() + modules->size(); }
};

inline module_parts find_parts(std::span<const value::pair> attributes) {
  module_parts found;
  const std::array<std::pair<std::string_view, const value**>, 3> wanted{
      {{"_parameters", &found.parameters},
       {"_buffers", &found.buffers},
       {"_modules", &found.modules}}};
  for (const auto& [key, content] : attributes) {
    if (key.kind() != kind::string) continue;
    if (key.text() == "_non_persistent_buffers_set") found.non_persistent = &content;
    if (!content.is_mapping()) continue;
    for (const auto& [name, place] : wanted) {
      if (key.text() == name) *place = &content;
    }
  }
  return found;
}

/// The first argument of an object that is a call; null where there is none.
inline const value* first_argument(const value& of) {
  for (const auto& [key, content] : of.items()) {
    if (key.kind() != kind::string || key.text() != "__args__" || !content.is_sequence()) continue;
    return content.size() == 0 ? nullptr : &content.elements()[0];
  }
  return nullptr;
}

/// Of an object, or of the __dict__ that a torch.fx.GraphModule is to be made from.
inline module_parts parts_of_module(const value& of) {
  if (of.kind() != kind::object) return {};
  if (const module_parts own = find_parts(of.items())) return own;
  if (!of.class_name().starts_with("torch.fx.graph_module.reduce_")) return {};
  const value* attributes = first_argument(of);
  if (attributes == nullptr || !attributes->is_mapping()) return {};
  return find_parts(attributes->items());
}

INGOT_INLINE const value* compiled_module(const value& of) {
  if (of.kind() != kind::object) return nullptr;
  if (of.class_name() != "torch._dynamo.eval_frame.OptimizedModule") return nullptr;
  return first_argument(of);
}

/// Collects what Module.state_dict() returns (torch/nn/modules/module.py).
class module_walk {
 public:
  explicit module_walk(const value& root) { enter(root); }

  dict run() && {
    while (!stack_.empty()) {
      frame& top = stack_.back();
      path_.resize(top.prefix);
      if (top.next == top.children->size()) {
        stack_.pop_back();
        continue;
      }
      const auto& [name, child] = top.children->items()[top.next++];
      if (child.is_none()) continue;
      path_ += name_of(name);
      path_ += '.';
      enter(child);
    }
    return dict(value::make_mapping(kind::dict, std::move(items_)));
  }

 private:
  struct frame {
    const value* children;
    std::size_t next;
    std::size_t prefix;  // length of the path
  };

  void enter(const value& given) {
    const value* found = &given;
    while (const value* inner = compiled_module(*found)) {
      path_ += "_orig_mod.";
      found = inner;
    }
    const module_parts parts = parts_of_module(*found);
    if (!parts) refuse(path_.substr(0, path_.size() - 1), summary(*found));
    count(parts);
    for (const auto& [name, content] : parts.parameters->items()) add(name, content);
    std::unordered_set<std::string_view, safe_hash> left_out;
    if (parts.non_persistent != nullptr && parts.non_persistent->is_sequence()) {
      for (const value& name : parts.non_persistent->elements()) left_out.insert(name_of(name));
    }
    for (const auto& [name, content] : parts.buffers->items()) {
      if (!left_out.contains(name_of(name))) add(name, content);
    }
    stack_.push_back({parts.modules, 0, path_.size()});
  }

  void add(const value& name, const value& content) {
    if (content.is_none()) return;
    std::string full = path_ + name_of(name);
    budget_.add(full.size());
    if (!names_.insert(full).second) {
      throw value_error({.where = full.substr(0, 200),
                         .expected = "names that differ",
                         .found = "two of this name in the module"});
    }
    items_.emplace_back(std::move(full), detached(content));
  }

  const std::string& name_of(const value& name) const {
    if (name.kind() != kind::string) refuse(path_, "a name that is no str, " + summary(name));
    return name.text();
  }

  // Modules may be shared, as tied layers are: but 41 of them can make 2^40 paths.
  void count(const module_parts& parts) {
    constexpr std::size_t always_fine = std::size_t{1} << 20;
    constexpr std::size_t most_times = 8;
    const std::size_t size = parts.size() + 1;
    expanded_ += size;
    if (seen_.insert(parts.modules).second) distinct_ += size;
    if (expanded_ <= std::max(always_fine, most_times * distinct_)) return;
    refuse({}, "modules so often shared that their names would be out of proportion");
  }

  [[noreturn]] static void refuse(std::string where, std::string found) {
    throw value_error({.where = std::move(where),
                       .expected = "a torch.nn.Module, as torch.save(model) writes it",
                       .found = std::move(found)});
  }

  std::string path_;
  std::vector<frame> stack_;
  std::vector<value::pair> items_;
  std::unordered_set<std::string, safe_hash> names_;
  std::unordered_set<const value*> seen_;
  name_budget budget_;
  std::size_t expanded_ = 0;
  std::size_t distinct_ = 0;
};

INGOT_INLINE dict state_dict_of_module(const value& module) { return module_walk(module).run(); }

}  // namespace detail

INGOT_INLINE bool is_module(const value& of) {
  const value* module = &of;
  while (const value* inner = detail::compiled_module(*module)) module = inner;
  return bool(detail::parts_of_module(*module));
}

}  // namespace ingot
