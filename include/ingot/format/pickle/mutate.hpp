// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include <ingot/format/pickle/graph.hpp>

namespace ingot::detail::pickle {

/// APPENDS and ADDITEMS. A subclass of list or set is an inert object, which keeps what it gets.
inline void extend(graph& objects, item target, container_kind kind,
                   std::span<const item> elements) {
  const bool inert = objects.is(target, container_kind::object);
  if (!inert && !objects.is(target, kind)) {
    refuse(objects, target, kind == container_kind::set ? "a set" : "a list");
  }
  container& changed = objects.at(target);
  auto& items = inert ? changed.elements : changed.items;
  items.insert(items.end(), elements.begin(), elements.end());
}

/// SETITEMS: keys and values in turn.
inline void set_items(graph& objects, item target, std::span<const item> pairs) {
  if (!objects.is_mapping(target) && !objects.is(target, container_kind::object)) {
    refuse(objects, target, "a dict");
  }
  auto& items = objects.at(target).items;
  items.insert(items.end(), pairs.begin(), pairs.end());
}

/// An inert record of a call or an instantiation that isn't made.
inline item make_object(graph& objects, item function, item arguments) {
  if (function.tag != tag::global && !objects.is(function, container_kind::object)) {
    refuse(objects, function, "a class or function");
  }
  expect_tuple(objects, arguments, "a tuple of arguments");
  return objects.add_object(function, arguments);
}

inline void copy_attributes(graph& objects, item target, item from) {
  if (from.index == target.index) return;
  const auto& items = objects.at(from).items;
  objects.charge(items.size());
  auto& attributes = objects.at(target).attributes;
  attributes.insert(attributes.end(), items.begin(), items.end());
}

/// BUILD without a meaning, as object.__setstate__: a dict updates __dict__; a pair is (__dict__,
/// __slots__).
inline void add_state(graph& objects, item target, item state) {
  if (target.tag == tag::leaf) return;  // Python attributes of a tensor
  // As in Python: a plain list, set or dict has no attributes.
  const bool plain = objects.is(target, container_kind::list) ||
                     objects.is(target, container_kind::set) ||
                     objects.is(target, container_kind::dict);
  if (target.tag != tag::container || plain) {
    refuse(objects, target, "an object to give a state to");
  }
  if (state.tag == tag::none) return;
  if (state.tag == tag::tuple && objects.tuple(state).size() == 2) {
    const item own = objects.tuple(state)[0];
    const item slots = objects.tuple(state)[1];
    if ((own.tag == tag::none || objects.is_mapping(own)) && objects.is_mapping(slots)) {
      if (own.tag != tag::none) copy_attributes(objects, target, own);
      return copy_attributes(objects, target, slots);
    }
  }
  if (objects.is_mapping(state)) return copy_attributes(objects, target, state);
  const item key = objects.add_text("__state__");
  auto& attributes = objects.at(target).attributes;
  attributes.insert(attributes.end(), {key, state});
}

}  // namespace ingot::detail::pickle
