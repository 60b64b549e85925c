// SPDX-License-Identifier: Apache-2.0
#include "module_states.hpp"

#include <functional>
#include <optional>
#include <unordered_set>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/state/dict.hpp>
#include <ingot/state/expanded_size.hpp>
#include <ingot/state/module.hpp>
#include <ingot/state/transform.hpp>

namespace ingot::tools {

namespace {

/// Makes the state_dict of each entire module in a tree.
class state_maker {
 public:
  explicit state_maker(const value& root) : root_(root) {}

  std::optional<value> operator()(const value& of) {
    if (!is_entire_module(of)) return std::nullopt;
    // A million small modules may each hold the same large one.
    if (!proportionate_) detail::check_expanded_size(root_);
    proportionate_ = true;
    dict state{};
    try {
      state = state_dict(of);
    } catch (const value_error&) {
      return of;
    }
    for (const auto& [name, content] : state) names_.add(name.text().size());
    return state;
  }

 private:
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

  const value& root_;
  std::unordered_set<const node*> other_;
  detail::name_budget names_;
  bool proportionate_ = false;
};

}  // namespace

value with_module_states(const value& root) {
  state_maker maker(root);
  return transform(root, std::ref(maker), transformed_parts::hashable_kept);
}

}  // namespace ingot::tools
