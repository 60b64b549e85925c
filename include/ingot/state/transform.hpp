// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ingot/state/children.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

/// Where a tree is looked into for what is to be replaced.
enum class transformed_parts {
  all,
  hashable_kept,  ///< not dict keys and elements of sets: what takes their place may not be
                  ///< hashable
};

namespace detail {

/// Rebuilds a tree from its leaves up, each shared node once, without recursion: trees from files
/// are as deep as their writer liked.
template <class Replace>
class tree_transform {
 public:
  tree_transform(Replace& replace, transformed_parts parts)
      : replace_(replace), keeps_hashable_(parts == transformed_parts::hashable_kept) {}

  value operator()(const value& root) {
    enter(root);
    while (!stack_.empty()) {
      frame& top = stack_.back();
      const value& of = *top.of;
      if (top.next == child_count(of)) {
        made_.emplace(of.identity(), rebuild(of));
        stack_.pop_back();
      } else if (const std::size_t index = top.next++; !is_kept(of, index)) {
        enter(child(of, index));
      }
    }
    return look_up(root);
  }

 private:
  struct frame {
    const value* of;
    std::size_t next;
  };

  static bool is_open(const value& of) { return has_items(of) || of.is_sequence(); }

  bool is_kept(const value& of, std::size_t index) const {
    if (!keeps_hashable_) return false;
    const bool is_key = has_items(of) && index < 2 * of.items().size() && index % 2 == 0;
    return is_key || of.kind() == kind::set;
  }

  void enter(const value& of) {
    // Most of a tree is str keys.
    if (!is_open(of) && !of.is_tensor() && of.kind() != kind::ndarray) return;
    if (made_.contains(of.identity())) return;
    if (std::optional<value> other = replace_(of)) {
      made_.emplace(of.identity(), *std::move(other));
    } else if (is_open(of)) {
      stack_.push_back({&of, 0});
    }
  }

  const value& look_up(const value& of) const {
    const auto found = made_.find(of.identity());
    return of.identity() == nullptr || found == made_.end() ? of : found->second;
  }

  bool is_unchanged(const value& of) const {
    for (std::size_t i = 0; i < child_count(of); ++i) {
      const value& part = child(of, i);
      if (!is_kept(of, i) && look_up(part).identity() != part.identity()) return false;
    }
    return true;
  }

  value rebuild(const value& of) const {
    if (is_unchanged(of)) return of;
    if (of.is_sequence()) {
      std::vector<value> elements;
      elements.reserve(of.size());
      for (const value& element : of.elements()) elements.push_back(look_up(element));
      return value::make_sequence(of.kind(), std::move(elements));
    }
    std::vector<value::pair> items = rebuild_pairs(of.items());
    if (of.kind() == kind::object) return value::make_object(of.class_name(), std::move(items));
    return value::make_mapping(of.kind(), std::move(items), rebuild_pairs(of.attributes()));
  }

  std::vector<value::pair> rebuild_pairs(std::span<const value::pair> pairs) const {
    std::vector<value::pair> result;
    result.reserve(pairs.size());
    for (const auto& [key, content] : pairs) {
      result.emplace_back(keeps_hashable_ ? key : look_up(key), look_up(content));
    }
    return result;
  }

  Replace& replace_;
  bool keeps_hashable_;
  std::vector<frame> stack_;
  std::unordered_map<const node*, value> made_;
};

inline value as_ndarray(tensor_data made) { return value::make_ndarray(std::move(made)); }
inline value as_ndarray(value made) { return made; }

}  // namespace detail

/// The same tree with what `replace` gives in place of a tensor, an ndarray, a collection or an
/// object; where it gives nothing, a collection or an object is looked into. A node that is shared
/// is visited once and stays shared; one in which nothing was replaced stays itself.
template <class Replace>
  requires std::same_as<std::invoke_result_t<Replace&, const value&>, std::optional<value>>
value transform(const value& root, Replace replace,
                transformed_parts parts = transformed_parts::all) {
  return detail::tree_transform<Replace>(replace, parts)(root);
}

/// The same tree with each tensor (and ndarray) replaced by what `leaf` makes of it: a value, or
/// the tensor_data of one of the same kind.
template <std::invocable<const tensor_data&> Leaf>
value transform_tensors(const value& root, Leaf leaf) {
  return transform(root, [&](const value& of) -> std::optional<value> {
    if (of.is_tensor()) return value(leaf(of.tensor()));
    if (of.kind() == kind::ndarray) return detail::as_ndarray(leaf(of.tensor()));
    return std::nullopt;
  });
}

namespace detail {

/// The tensor with the tensors that it has as parts, a sparse one's and the scales of a quantizer,
/// replaced by what `leaf` makes of them.
template <class Leaf>
tensor_data transform_parts(tensor_data whole, Leaf& leaf) {
  const auto made = [&leaf](const std::shared_ptr<const value>& part) {
    return part ? std::make_shared<const value>(transform_tensors(*part, std::ref(leaf))) : part;
  };
  whole.parts = made(whole.parts);
  if (whole.quantizer && whole.quantizer->scales) {
    auto copy = std::make_shared<quantizer>(*whole.quantizer);
    copy->scales = made(copy->scales);
    copy->zero_points = made(copy->zero_points);
    whole.quantizer = std::move(copy);
  }
  return whole;
}

}  // namespace detail

}  // namespace ingot
