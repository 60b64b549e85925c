// SPDX-License-Identifier: Apache-2.0
#include "module_states.hpp"

#include <cstddef>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/state/children.hpp>
#include <ingot/state/expanded_size.hpp>
#include <ingot/state/module.hpp>

namespace ingot::tools {

namespace {

/// Goes through a tree with a stack of its own, and rebuilds what modules lie in, each shared node
/// once: trees from files are as deep as their writer liked.
class replacement {
 public:
  explicit replacement(const value& root) : root_(root) {}

  value operator()() {
    enter(root_);
    while (!stack_.empty()) {
      frame& top = stack_.back();
      const value& of = *top.of;
      if (top.next == child_count(of)) {
        stack_.pop_back();
        made_.insert_or_assign(of.identity(), rebuilt(of));
      } else if (const std::size_t index = top.next++; !is_key(of, index)) {
        enter(child(of, index));
      }
    }
    return now(root_);
  }

 private:
  struct frame {
    const value* of;
    std::size_t next;
  };

  static bool is_open(const value& of) {
    return detail::has_items(of) || of.kind() == kind::list || of.kind() == kind::tuple;
  }

  static bool is_key(const value& of, std::size_t index) {
    return detail::has_items(of) && index < 2 * of.items().size() && index % 2 == 0;
  }

  void enter(const value& of) {
    if (!is_open(of) || of.identity() == nullptr || made_.contains(of.identity())) return;
    if (is_entire_module(of)) {
      made_.emplace(of.identity(), state_of(of));
    } else {
      stack_.push_back({&of, 0});
    }
  }

  bool is_entire_module(const value& of) {
    if (of.kind() != kind::object) return false;
    // To look through a chain of torch.compile's wrappers from each of them would be quadratic.
    std::vector<const node*> passed;
    const value* inner = &of;
    for (const value* next = inner; next != nullptr; next = detail::compiled_module(*inner)) {
      inner = next;
      if (other_.contains(inner->identity())) break;
      passed.push_back(inner->identity());
    }
    if (!other_.contains(inner->identity()) && is_module(*inner)) return true;
    other_.insert(passed.begin(), passed.end());
    return false;
  }

  value state_of(const value& module) {
    // A million small modules may each hold the same large one.
    if (!proportionate_) detail::check_expanded_size(root_);
    proportionate_ = true;
    value state = module;
    try {
      state = state_dict(module);
    } catch (const value_error&) {
      return module;
    }
    for (const auto& [name, content] : state.items()) names_.add(name.text().size());
    return state;
  }

  const value& now(const value& of) const {
    const auto found = made_.find(of.identity());
    return of.identity() == nullptr || found == made_.end() ? of : found->second;
  }

  bool is_new(const value& of) const { return now(of).identity() != of.identity(); }

  value rebuilt(const value& of) const {
    bool changed = false;
    for (std::size_t i = 0; i < child_count(of) && !changed; ++i) {
      changed = !is_key(of, i) && is_new(child(of, i));
    }
    if (!changed) return of;
    if (of.is_sequence()) {
      std::vector<value> elements;
      for (const value& element : of.elements()) elements.push_back(now(element));
      return value::make_sequence(of.kind(), std::move(elements));
    }
    std::vector<value::pair> items = rebuilt_pairs(of.items());
    if (of.kind() == kind::object) return value::make_object(of.class_name(), std::move(items));
    return value::make_mapping(of.kind(), std::move(items), rebuilt_pairs(of.attributes()));
  }

  std::vector<value::pair> rebuilt_pairs(std::span<const value::pair> pairs) const {
    std::vector<value::pair> result;
    for (const auto& [key, content] : pairs) result.emplace_back(key, now(content));
    return result;
  }

  const value& root_;
  std::vector<frame> stack_;
  std::unordered_map<const node*, value> made_;
  std::unordered_set<const node*> other_;
  detail::name_budget names_;
  bool proportionate_ = false;
};

}  // namespace

value with_module_states(const value& root) { return replacement(root)(); }

}  // namespace ingot::tools
