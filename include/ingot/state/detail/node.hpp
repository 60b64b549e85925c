// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <cstddef>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <ingot/state/detail/value_class.hpp>

namespace ingot {

/// Keys and values in order, with a hash index over the str keys that is made at the first look-up.
class mapping {
 public:
  explicit mapping(std::vector<value::pair> items) : items_(std::move(items)) {}

  const std::vector<value::pair>& items() const noexcept { return items_; }

  const value* find(std::string_view key) const {
    // Below this size a scan is quicker than a hash table.
    constexpr std::size_t small = 16;
    if (items_.size() <= small) {
      for (const auto& [name, content] : items_) {
        if (name.kind() == kind::string && name.text() == key) return &content;
      }
      return nullptr;
    }
    std::call_once(indexed_, [this] {
      index_.reserve(items_.size());
      for (std::size_t i = 0; i < items_.size(); ++i) {
        if (items_[i].first.kind() == kind::string) index_.try_emplace(items_[i].first.text(), i);
      }
    });
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &items_[found->second].second;
  }

 private:
  friend struct node;

  std::vector<value::pair> items_;
  mutable std::once_flag indexed_;  // values are shared between threads
  mutable std::unordered_map<std::string_view, std::size_t> index_;
};

/// What an inert object held.
struct object_data {
  std::string class_name;
  std::vector<value::pair> items;
};

/// The shared part of a value. Built by value's constructors only.
struct node {
  using payload =
      std::variant<std::monostate, std::string, std::vector<value>, std::unique_ptr<mapping>, shape,
                   device, std::complex<double>, tensor_data, object_data>;

  node(payload what, std::vector<value::pair> with = {})
      : content(std::move(what)), attributes(std::move(with)) {}
  node(const node&) = delete;  // identity is what makes two values aliases
  node& operator=(const node&) = delete;

  // A tree 100,000 levels deep must not overflow the stack when it goes.
  ~node() {
    std::vector<std::shared_ptr<const node>> orphans;
    take_children(orphans);
    while (!orphans.empty()) {
      const std::shared_ptr<const node> last = std::move(orphans.back());
      orphans.pop_back();
      // Nodes are const for those who share them; this is the only one left who does.
      if (last.use_count() == 1) const_cast<node&>(*last).take_children(orphans);
    }
  }

  payload content;
  std::vector<value::pair> attributes;

 private:
  static void take(value& child, std::vector<std::shared_ptr<const node>>& orphans) noexcept {
    if (!child.node_) return;
    try {
      orphans.push_back(child.node_);
      child.node_.reset();
    } catch (const std::bad_alloc&) {
      // The child then goes with its parent, on the stack.
    }
  }

  static void take_all(std::vector<value::pair>& items,
                       std::vector<std::shared_ptr<const node>>& orphans) noexcept {
    for (auto& [key, content] : items) {
      take(key, orphans);
      take(content, orphans);
    }
  }

  void take_children(std::vector<std::shared_ptr<const node>>& orphans) noexcept {
    take_all(attributes, orphans);
    if (auto* elements = std::get_if<std::vector<value>>(&content)) {
      for (value& element : *elements) take(element, orphans);
    } else if (auto* items = std::get_if<std::unique_ptr<mapping>>(&content)) {
      take_all((*items)->items_, orphans);
    } else if (auto* held = std::get_if<object_data>(&content)) {
      take_all(held->items, orphans);
    }
  }
};

}  // namespace ingot
