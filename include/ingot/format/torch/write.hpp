// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/format/pickle/emitter.hpp>
#include <ingot/format/torch/storage_table.hpp>
#include <ingot/format/torch/write_scalar.hpp>
#include <ingot/format/torch/write_tensor.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::torch {

/// Writes a value as the pickle that torch.save makes of it, of which torch.load(weights_only=True)
/// takes every opcode and name. Works without recursion. What is shared in the value is shared in
/// the pickle. Throws value_error with the path of what PyTorch can't read.
class state_writer {
 public:
  /// The pickle of `root`, which must live until the storages are written.
  std::string run(const value& root) {
    try {
      enter(root);
      while (!frames_.empty()) step();
    } catch (const value_error& failure) {
      error_info facts = failure.info();
      facts.where = path() + (facts.where.empty() ? "" : ": " + facts.where);
      throw value_error(std::move(facts));
    }
    return std::move(out_).finish();
  }

  /// In order of first use.
  const std::deque<storage_record>& storages() const noexcept { return storages_.all(); }

 private:
  // A container that is being written.
  struct frame {
    const value* what;
    std::span<const value::pair> pairs;
    std::span<const value> elements;
    std::size_t next = 0;       // among the keys and values, or the elements
    std::size_t batch_end = 0;  // where the open batch of items ends
    bool marked = false;        // the open batch has a mark
    bool attributes = false;    // writing the attributes, after the items

    std::size_t total() const noexcept { return pairs.size() * 2 + elements.size(); }
    const value& child() const {
      if (!elements.empty()) return elements[next];
      return next % 2 == 0 ? pairs[next / 2].first : pairs[next / 2].second;
    }
  };

  // CPython's pickler never has more on the stack.
  static constexpr std::size_t batch_size = 1000;

  void enter(const value& what) {
    if (what.is_shared()) {
      if (const auto known = memo_.find(what.identity()); known != memo_.end()) {
        return out_.get(known->second);
      }
    }
    if (what.is_mapping() || what.is_sequence()) return open(what);
    if (what.is_tensor()) {
      tensors_.write(what.tensor());
      remember(what);
    } else {
      scalars_.write(what);
    }
  }

  void open(const value& what) {
    frame opened{.what = &what, .pairs = {}, .elements = {}};
    if (what.is_mapping()) {
      opened.pairs = what.items();
    } else {
      opened.elements = what.elements();
    }
    begin(what);
    frames_.push_back(opened);
  }

  void begin(const value& what) {
    switch (what.kind()) {
      case kind::tuple:
        if (what.size() > 3) out_(opcode::mark);
        return;
      case kind::list:
        return begin_container(what, opcode::empty_list);
      case kind::dict:
        return begin_container(what, opcode::empty_dict);
      case kind::ordered_dict:
        out_.global("collections", "OrderedDict");
        out_.tuple(0);
        out_.reduce();
        return remember(what);
      case kind::counter:
        out_.global("collections", "Counter");
        return begin_inner(opcode::empty_dict);
      default:
        out_.global("__builtin__", "set");
        return begin_inner(opcode::empty_list);
    }
  }

  void begin_container(const value& what, opcode code) {
    out_(code);
    out_.put();
    remember(what);
  }
  void begin_inner(opcode code) {
    out_(code);
    out_.put();
  }
  void remember(const value& what) {
    if (what.is_shared()) memo_.emplace(what.identity(), out_.last());
  }

  void step() {
    frame& current = frames_.back();
    if (current.next == current.batch_end) {
      if (current.next != 0) end_batch(current);
      if (current.next == current.total()) return finish(current);
      begin_batch(current);
    }
    const value& child = current.child();
    ++current.next;
    enter(child);
  }

  // As CPython: an item alone has no mark, except at the end of a long list or dict.
  void begin_batch(frame& current) {
    const bool tuple = current.what->kind() == kind::tuple;
    const std::size_t each = current.pairs.empty() ? 1 : 2;
    const std::size_t left = current.total() - current.next;
    const std::size_t size = tuple ? left : std::min(batch_size * each, left);
    current.batch_end = current.next + size;
    current.marked = !tuple && (size > each ||
                                (current.next != 0 && current.what->kind() != kind::ordered_dict));
    if (current.marked) out_(opcode::mark);
  }

  void end_batch(const frame& current) {
    if (current.what->kind() == kind::tuple) return;
    if (current.pairs.empty()) {
      out_(current.marked ? opcode::appends : opcode::append);
    } else {
      out_(current.marked ? opcode::setitems : opcode::setitem);
    }
  }

  void finish(frame& current) {
    const value& what = *current.what;
    if (current.attributes) {
      out_(opcode::build);
    } else if (what.kind() == kind::tuple) {
      out_.tuple(what.size());
      if (what.size() != 0) remember(what);
    } else if (what.kind() == kind::counter || what.kind() == kind::set) {
      out_.tuple(1);
      out_.reduce();
      remember(what);
    }
    if (!current.attributes && !what.attributes().empty()) return begin_attributes(current);
    frames_.pop_back();
  }

  void begin_attributes(frame& current) {
    if (current.what->kind() != kind::ordered_dict) {
      throw value_error(
          {.expected = "attributes on an OrderedDict only", .found = summary(*current.what)});
    }
    begin_inner(opcode::empty_dict);
    current = {.what = current.what,
               .pairs = current.what->attributes(),
               .elements = {},
               .attributes = true};
  }

  static std::string to_decimal(const value& key) {
    return key.identity() == nullptr ? std::to_string(key.integer()) : "a large int";
  }

  // Where in the state the writer is: ["model"][0].
  std::string path() const {
    std::string text;
    for (const frame& each : frames_) {
      const std::size_t at = each.next == 0 ? 0 : each.next - 1;
      if (!each.elements.empty()) {
        text += '[' + std::to_string(at) + ']';
      } else if (at / 2 < each.pairs.size()) {
        const value& key = each.pairs[at / 2].first;
        if (each.attributes) text += ".__dict__";
        text += key.kind() == kind::string    ? "[\"" + key.text() + "\"]"
                : key.kind() == kind::integer ? '[' + to_decimal(key) + ']'
                                              : '[' + summary(key) + ']';
      }
    }
    return text.empty() ? "the state" : text;
  }

  emitter out_;
  storage_table storages_;
  tensor_writer tensors_{out_, storages_};
  scalar_writer scalars_{out_};
  std::vector<frame> frames_;
  std::unordered_map<const node*, std::uint32_t> memo_;
};

}  // namespace ingot::detail::torch
