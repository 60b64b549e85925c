// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
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
///
/// What was cut at an enclosing object is right only inside of it: a layer that refers to its model
/// may be reached before the model is, and the model, seen from there, lacks the layer. Outside, it
/// is made once more.
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
        continue;
      }
      const slot& known = slot_of(next);
      if (known.state == progress::fresh || (known.state == progress::done && outlived(next))) {
        open(next);
        continue;
      }
      const bool done = known.state == progress::done;
      current.cut(known.deepest, done ? known.shallowest : known.deepest);
      current.done.push_back(done ? known.frozen : value::make_cycle());
    }
    return slot_of(root).frozen;
  }

 private:
  enum class progress : std::uint8_t { fresh, open, done };
  // Depths count from 1; 0 is none.
  struct slot {
    progress state = progress::fresh;
    std::uint32_t deepest = 0;  // while open its own depth; then that of the frame it is right in
    std::uint32_t shallowest = 0;  // at which something in it was cut
    std::uint64_t serial = 0;      // of the frame that it is right in
    value frozen{};
  };
  struct frame {
    item what;
    std::uint64_t serial;
    std::vector<item> parts;
    std::vector<value> done;
    std::uint32_t deepest = 0;
    std::uint32_t shallowest = 0;

    void cut(std::uint32_t deep, std::uint32_t shallow) {
      deepest = std::max(deepest, deep);
      if (shallow != 0 && (shallowest == 0 || shallow < shallowest)) shallowest = shallow;
    }
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
    frame opened{.what = what, .serial = ++serials_, .parts = {}, .done = {}};
    if (what.tag == tag::tuple) {
      const auto elements = objects_.tuple(what);
      opened.parts.assign(elements.begin(), elements.end());
    } else {
      opened.parts = parts_of(objects_.at(what));
    }
    opened.done.reserve(opened.parts.size());
    frames_.push_back(std::move(opened));
    slot& target = slot_of(what);
    const std::size_t size = frames_.back().parts.size() + 1;
    (target.state == progress::fresh ? made_ : made_again_) += size;
    target.state = progress::open;
    target.deepest = static_cast<std::uint32_t>(frames_.size());
  }

  // Whether what was cut at a frame is wanted outside of it. All of a tangle may be wanted from
  // everywhere: what it costs to make it again stays in proportion.
  bool outlived(item what) {
    constexpr std::uint64_t always_fine = 65536;
    constexpr std::uint64_t most_times = 4;
    const slot& known = slot_of(what);
    if (known.deepest == 0) return false;
    const bool inside =
        known.deepest <= frames_.size() && frames_[known.deepest - 1].serial == known.serial;
    return !inside && made_again_ <= most_times * made_ + always_fine;
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
    const auto outside = static_cast<std::uint32_t>(frames_.size());
    const bool cut_outside = closed.shallowest != 0 && closed.shallowest <= outside;
    // A cut at the object itself may hide another one less deep: then it is right in its parent.
    target.deepest = cut_outside ? std::min(closed.deepest, outside) : 0;
    target.shallowest = cut_outside ? closed.shallowest : 0;
    if (frames_.empty()) return;
    if (cut_outside) target.serial = frames_[target.deepest - 1].serial;
    frames_.back().cut(target.deepest, target.shallowest);
    frames_.back().done.push_back(target.frozen);
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
  std::uint64_t serials_ = 0;
  std::uint64_t made_ = 0;  // parts
  std::uint64_t made_again_ = 0;
};

}  // namespace ingot::detail::pickle
