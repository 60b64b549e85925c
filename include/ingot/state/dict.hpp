// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/state/clone.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

/// A value that is a dict: `dict{{"epoch", 3}, {"loss", 0.5}}`. Iterates over (key, value) pairs.
/// (Inside of a template, clang takes `dict{{"epoch", 3}}` of just one pair for ambiguous, but not
/// `dict{{"epoch", value(3)}}`.)
class dict : public value {
 public:
  dict(std::initializer_list<pair> items) : value(make_mapping(ingot::kind::dict, {items})) {}
  /// Throws value_error where the value is no dict, OrderedDict or Counter.
  explicit dict(value content) : value(std::move(content)) {
    if (!is_mapping()) throw value_error({.expected = "dict", .found = detail::summary(*this)});
  }

  auto begin() const { return items().begin(); }
  auto end() const { return items().end(); }

  /// As value::clone: tensors are copied into memory of their own.
  dict clone() const { return dict(value::clone()); }
};

/// A value that is a Python list: `list{1, 2.5, "three"}`.
/// (`list{a}` of one list `a` is a copy of it to clang, a list of it to g++: CWG 2311.)
class list : public value {
 public:
  list(std::initializer_list<value> elements)
      : value(make_sequence(ingot::kind::list, {elements})) {}
};

/// A value that is a Python tuple: `tuple{0.9, 0.999}`.
class tuple : public value {
 public:
  tuple(std::initializer_list<value> elements)
      : value(make_sequence(ingot::kind::tuple, {elements})) {}
};

}  // namespace ingot
