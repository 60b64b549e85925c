// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/state/children.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail {

// About what a node takes when printed, without its children.
inline constexpr std::uint64_t node_weight = 64;

inline bool is_text(const value& of) noexcept {
  return of.kind() == kind::string || of.kind() == kind::bytes || of.kind() == kind::bytearray;
}

inline std::uint64_t own_weight(const value& of) {
  return node_weight + (is_text(of) ? of.size() : 0);
}

inline std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/// Adds up weights from the leaves to the root, each shared node once.
class weigher {
 public:
  void operator()(const value& root) {
    stack_.push_back({&root, 0, own_weight(root)});
    while (!stack_.empty()) {
      frame& top = stack_.back();
      if (top.next == child_count(*top.of)) {
        finish(top);
      } else {
        visit(child(*top.of, top.next++));
      }
    }
  }

  std::uint64_t expanded = 0;  ///< every node as often as it occurs
  std::uint64_t shared = 0;    ///< every node once, and every reference to one

 private:
  struct frame {
    const value* of;
    std::size_t next;
    std::uint64_t weight;
  };

  void visit(const value& of) {
    shared = saturating_add(shared, node_weight);
    const auto known = weights_.find(of.identity());
    if (of.identity() != nullptr && known != weights_.end()) {
      stack_.back().weight = saturating_add(stack_.back().weight, known->second);
    } else {
      stack_.push_back({&of, 0, own_weight(of)});
    }
  }

  void finish(frame done) {
    shared = saturating_add(shared, own_weight(*done.of));
    if (done.of->identity() != nullptr) weights_.emplace(done.of->identity(), done.weight);
    stack_.pop_back();
    std::uint64_t& into = stack_.empty() ? expanded : stack_.back().weight;
    into = saturating_add(into, done.weight);
  }

  std::vector<frame> stack_;
  std::unordered_map<const node*, std::uint64_t> weights_;
};

/// Throws value_error where a tree that names its shared nodes each time they occur would be out of
/// proportion to the tree: 41 lists of two make 2^40 leaves.
inline void check_expanded_size(const value& root) {
  constexpr std::uint64_t always_fine = std::uint64_t{64} << 20;
  constexpr std::uint64_t most_times = 8;
  weigher weights;
  weights(root);
  if (weights.expanded <= std::max(always_fine, most_times * weights.shared)) return;
  throw value_error({.where = "value tree",
                     .expected = "at most " + std::to_string(most_times) +
                                 " times the size of its distinct values when written out",
                     .found = "values so often shared that they would fill about " +
                              std::to_string(weights.expanded >> 20) + " MiB",
                     .remedy = "the file is damaged or hostile"});
}

/// Bounds the memory of names that are keys joined by '.': in a deep tree, or below a long key,
/// each is as long as its file likes.
class name_budget {
 public:
  /// Throws value_error where the names so far are out of proportion to their number.
  void add(std::size_t length) {
    constexpr std::size_t always_fine = std::size_t{64} << 20;
    constexpr std::size_t most_each = 1024;
    ++count_;
    total_ += length;
    if (total_ <= std::max(always_fine, most_each * count_)) return;
    throw value_error(
        {.where = "value tree",
         .expected = "names of at most " + std::to_string(most_each) + " bytes each",
         .found = std::to_string(count_) + " of " + std::to_string(total_ / count_) + " on average",
         .remedy = "the file is damaged or hostile"});
  }

 private:
  std::size_t count_ = 0;
  std::size_t total_ = 0;
};

}  // namespace ingot::detail
