// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ingot/format/pickle/environment.hpp>
#include <ingot/format/pickle/graph.hpp>
#include <ingot/format/pickle/keys.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::pickle {

/// Turns the graph of a pickle into a value: objects with several users stay shared, so a graph of
/// 2^40 paths costs what its nodes do; a reference back to an enclosing object becomes a cycle
/// leaf. Works without recursion.
class freezer {
 public:
  freezer(graph& objects, environment& names)
      : objects_(objects),
        names_(names),
        texts_(objects.text_count()),
        tuples_(objects.tuple_count()),
        containers_(objects.container_count()) {}

  value run(item root) {
    root = objects_.resolve(root);
    if (!has_parts(root)) return scalar(root);
    open(root);
    while (!frames_.empty()) {
      frame& current = frames_.back();
      if (current.done.size() == current.parts.size()) {
        close();
        continue;
      }
      const item next = objects_.resolve(current.parts[current.done.size()]);
      if (!has_parts(next)) {
        current.done.push_back(scalar(next));
      } else if (slot& known = slot_of(next); known.state == progress::fresh) {
        open(next);
      } else {
        current.done.push_back(known.state == progress::done ? known.frozen : value::make_cycle());
      }
    }
    return slot_of(root).frozen;
  }

 private:
  enum class progress : std::uint8_t { fresh, open, done };
  struct slot {
    progress state = progress::fresh;
    value frozen{};
  };
  struct frame {
    item what;
    std::vector<item> parts;
    std::vector<value> done;
  };

  static bool has_parts(item what) { return what.tag == tag::tuple || what.tag == tag::container; }
  slot& slot_of(item what) {
    return what.tag == tag::tuple ? tuples_[what.index] : containers_[what.index];
  }

  value scalar(item what) {
    switch (what.tag) {
      case tag::boolean:
        return value(what.integer != 0);
      case tag::integer:
        return value(what.integer);
      case tag::floating:
        return value(what.floating);
      case tag::big_integer:
      case tag::text:
      case tag::bytes:
      case tag::bytearray:
        return text(what);
      case tag::global:
        objects_.charge_text(objects_.global(what).name.size());
        return names_.global_value(objects_, what);
      case tag::persistent:
        return names_.persistent_value(objects_, what);
      case tag::leaf:
        return objects_.leaf(what);
      default:
        return {};
    }
  }

  value text(item what) {
    value& known = texts_[what.index];
    if (known.is_none()) {
      std::string copy(objects_.text(what));
      known = what.tag == tag::text ? value(std::move(copy))
              : what.tag == tag::big_integer
                  ? value::make_integer(copy)
                  : value::make_bytes(std::move(copy),
                                      what.tag == tag::bytes ? kind::bytes : kind::bytearray);
    }
    return known;
  }

  void open(item what) {
    slot_of(what).state = progress::open;
    frame opened{.what = what, .parts = {}, .done = {}};
    if (what.tag == tag::tuple) {
      const auto elements = objects_.tuple(what);
      opened.parts.assign(elements.begin(), elements.end());
    } else {
      opened.parts = parts_of(objects_.at(what));
    }
    opened.done.reserve(opened.parts.size());
    frames_.push_back(std::move(opened));
  }

  static std::vector<item> parts_of(const container& from) {
    std::vector<item> parts;
    if (from.kind == container_kind::object) parts = {from.made_by, from.arguments};
    parts.insert(parts.end(), from.items.begin(), from.items.end());
    parts.insert(parts.end(), from.attributes.begin(), from.attributes.end());
    parts.insert(parts.end(), from.elements.begin(), from.elements.end());
    return parts;
  }

  void close() {
    frame closed = std::move(frames_.back());
    frames_.pop_back();
    slot& target = slot_of(closed.what);
    target.frozen = finish(closed);
    target.state = progress::done;
    if (!frames_.empty()) frames_.back().done.push_back(target.frozen);
  }

  value finish(frame& closed) {
    if (closed.what.tag == tag::tuple) {
      return value::make_sequence(kind::tuple, std::move(closed.done));
    }
    const container& from = objects_.at(closed.what);
    switch (from.kind) {
      case container_kind::list:
        return value::make_sequence(kind::list, std::move(closed.done));
      case container_kind::set:
        return value::make_sequence(kind::set, elements(closed));
      case container_kind::object:
        return object(from, closed);
      default:
        break;
    }
    const kind which = from.kind == container_kind::dict           ? kind::dict
                       : from.kind == container_kind::ordered_dict ? kind::ordered_dict
                                                                   : kind::counter;
    const std::size_t split = from.items.size();
    return value::make_mapping(which, pairs(closed, 0, split),
                               pairs(closed, split, from.attributes.size()));
  }

  std::vector<value> elements(frame& closed) {
    if (few_different_texts(objects_, closed.parts, 1)) return std::move(closed.done);
    key_index seen(objects_);
    std::vector<value> kept;
    for (std::size_t i = 0; i < closed.parts.size(); ++i) {
      if (seen.insert(objects_.resolve(closed.parts[i]), kept.size()) == kept.size()) {
        kept.push_back(std::move(closed.done[i]));
      }
    }
    return kept;
  }

  // Of equal keys the first stays, with the last one's value: Python's dict.
  std::vector<value::pair> pairs(frame& closed, std::size_t first, std::size_t count) {
    std::vector<value::pair> result;
    result.reserve(count / 2);
    const std::span<const item> parts = std::span(closed.parts).subspan(first, count);
    const bool different = few_different_texts(objects_, parts, 2);
    key_index seen(objects_);
    for (std::size_t i = 0; i < count; i += 2) {
      const std::size_t place =
          different ? result.size() : seen.insert(objects_.resolve(parts[i]), result.size());
      value& content = closed.done[first + i + 1];
      if (place == result.size()) {
        result.emplace_back(std::move(closed.done[first + i]), std::move(content));
      } else {
        result[place].second = std::move(content);
      }
    }
    return result;
  }

  // Names with two underscores on each side can't be an instance's attributes.
  value object(const container& from, frame& closed) {
    std::vector<value::pair> held;
    const bool named = from.made_by.tag == tag::global;
    if (!named) held.emplace_back("__callable__", closed.done[0]);
    if (!objects_.tuple(from.arguments).empty()) held.emplace_back("__args__", closed.done[1]);
    const std::size_t items = from.items.size();
    const std::size_t attributes = from.attributes.size();
    for (auto& pair : pairs(closed, 2 + items, attributes)) held.push_back(std::move(pair));
    for (auto& pair : pairs(closed, 2, items)) held.push_back(std::move(pair));
    if (!from.elements.empty()) {
      const auto start = closed.done.begin() + static_cast<std::ptrdiff_t>(2 + items + attributes);
      held.emplace_back(
          "__elements__",
          value::make_sequence(kind::list, {std::make_move_iterator(start),
                                            std::make_move_iterator(closed.done.end())}));
    }
    if (named) objects_.charge_text(objects_.global(from.made_by).name.size());
    std::string name = named ? objects_.global(from.made_by).name : "__call__";
    return value::make_object(std::move(name), std::move(held));
  }

  graph& objects_;
  environment& names_;
  std::vector<value> texts_;
  std::vector<slot> tuples_;
  std::vector<slot> containers_;
  std::vector<frame> frames_;
};

}  // namespace ingot::detail::pickle
