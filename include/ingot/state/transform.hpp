// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ingot/state/value.hpp>

namespace ingot {

namespace detail {

/// Rebuilds a tree from its leaves up, each shared node once, without recursion: trees from files
/// are as deep as their writer liked.
template <class Leaf>
class tree_transform {
 public:
  explicit tree_transform(Leaf& leaf) : leaf_(leaf) {}

  value operator()(const value& root) {
    std::vector<value> waiting{root};
    while (!waiting.empty()) {
      const value next = waiting.back();
      if (done(next)) {
        waiting.pop_back();
        continue;
      }
      const std::size_t before = waiting.size();
      for_each_child(next, [&](const value& child) {
        if (!done(child)) waiting.push_back(child);
      });
      if (waiting.size() != before) continue;
      waiting.pop_back();
      made_.emplace(next.identity(), rebuild(next));
    }
    return look_up(root);
  }

 private:
  // Most of a tree is str keys: what holds no tensor stays as it is.
  static bool is_atom(const value& of) {
    return !of.is_mapping() && !of.is_sequence() && !of.is_tensor() && of.kind() != kind::ndarray &&
           of.kind() != kind::object;
  }

  bool done(const value& of) const { return is_atom(of) || made_.contains(of.identity()); }

  value look_up(const value& of) const { return is_atom(of) ? of : made_.at(of.identity()); }

  template <class Visit>
  static void for_each_child(const value& of, Visit visit) {
    const auto visit_pairs = [&](auto pairs) {
      for (const auto& [key, content] : pairs) {
        visit(key);
        visit(content);
      }
    };
    visit_pairs(of.attributes());
    if (of.is_sequence()) {
      for (const value& element : of.elements()) visit(element);
    } else if (of.is_mapping() || of.kind() == kind::object) {
      visit_pairs(of.items());
    }
  }

  std::vector<value::pair> rebuild_pairs(std::span<const value::pair> pairs) const {
    std::vector<value::pair> result;
    result.reserve(pairs.size());
    for (const auto& [key, content] : pairs) result.emplace_back(look_up(key), look_up(content));
    return result;
  }

  static value array(tensor_data made) { return value::make_ndarray(std::move(made)); }
  static value array(value made) { return made; }

  value rebuild(const value& of) {
    if (of.is_tensor()) return value(leaf_(of.tensor()));
    if (of.kind() == kind::ndarray) return array(leaf_(of.tensor()));
    if (of.is_mapping()) {
      return value::make_mapping(of.kind(), rebuild_pairs(of.items()),
                                 rebuild_pairs(of.attributes()));
    }
    if (of.kind() == kind::object) {
      return value::make_object(of.class_name(), rebuild_pairs(of.items()));
    }
    std::vector<value> elements;
    elements.reserve(of.size());
    for (const value& element : of.elements()) elements.push_back(look_up(element));
    return value::make_sequence(of.kind(), std::move(elements));
  }

  Leaf& leaf_;
  std::unordered_map<const node*, value> made_;
};

}  // namespace detail

/// The same tree with each tensor (and ndarray) replaced by what `leaf` makes of it: a value, or
/// the tensor_data of one of the same kind. A node that is shared is visited once and stays shared.
template <std::invocable<const tensor_data&> Leaf>
value transform_tensors(const value& root, Leaf leaf) {
  return detail::tree_transform<Leaf>(leaf)(root);
}

}  // namespace ingot
