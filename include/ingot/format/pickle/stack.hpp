// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/format/pickle/graph.hpp>

namespace ingot::detail::pickle {

/// The machine's stack and its marks. As in CPython nothing below the last mark can be popped.
/// Throws format_error where an opcode takes more than there is.
class stack {
 public:
  void push(item what) { items_.push_back(what); }
  void push_mark() { marks_.push_back(items_.size()); }

  item pop() {
    const item last = top();
    items_.pop_back();
    return last;
  }

  item& top() {
    if (items_.size() <= floor()) {
      throw format_error({.expected = "an object on the stack", .found = "none since the mark"});
    }
    return items_.back();
  }

  /// All since the last mark, in order. Valid until the next push or drop.
  std::span<const item> since_mark() const {
    if (marks_.empty()) throw format_error({.expected = "a mark", .found = "none on the stack"});
    return std::span(items_).subspan(marks_.back());
  }

  /// The object right below the last mark: what the objects above it are put into.
  item below_mark() const {
    const std::size_t here = items_.size() - since_mark().size();
    if (here <= (marks_.size() > 1 ? marks_[marks_.size() - 2] : 0)) {
      throw format_error({.expected = "an object below the mark", .found = "none"});
    }
    return items_[here - 1];
  }

  /// Removes the last mark and all above it.
  void drop_mark() {
    items_.resize(items_.size() - since_mark().size());
    marks_.pop_back();
  }

  bool at_mark() const noexcept { return !marks_.empty() && marks_.back() == items_.size(); }
  std::span<const item> all() const noexcept { return items_; }

 private:
  std::size_t floor() const noexcept { return marks_.empty() ? 0 : marks_.back(); }

  std::vector<item> items_;
  std::vector<std::size_t> marks_;
};

}  // namespace ingot::detail::pickle
