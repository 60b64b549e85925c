// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <ingot/core/safe_hash.hpp>
#include <ingot/state/detail/value_class.hpp>

namespace ingot {

/// Keys and values in order, with hash indexes over the str and int keys that are made at the first
/// look-up. Of equal keys the first is found.
class mapping {
 public:
  explicit mapping(std::vector<value::pair> items) : items_(std::move(items)) {}

  const std::vector<value::pair>& items() const noexcept { return items_; }

  const value* find(std::string_view key) const { return look_up(key, texts_); }
  const value* find(std::int64_t key) const { return look_up(key, numbers_); }

 private:
  friend struct node;

  template <class Key>
  using index = std::unordered_map<Key, std::size_t, detail::safe_hash>;

  template <class Key>
  const value* look_up(Key key, const index<Key>& places) const {
    // Below this size a scan is quicker than a hash table.
    constexpr std::size_t small = 16;
    if (items_.size() <= small) {
      for (const auto& [name, content] : items_) {
        if (key_as<Key>(name) == key) return &content;
      }
      return nullptr;
    }
    std::call_once(indexed_, [this] {
      make_index(texts_);
      make_index(numbers_);
    });
    const auto found = places.find(key);
    return found == places.end() ? nullptr : &items_[found->second].second;
  }

  template <class Key>
  static std::optional<Key> key_as(const value& key) {
    if constexpr (std::same_as<Key, std::int64_t>) {
      if (key.kind() == kind::integer && key.identity() == nullptr) return key.integer();
    } else {
      if (key.kind() == kind::string) return key.text();
    }
    return std::nullopt;
  }

  template <class Key>
  void make_index(index<Key>& places) const {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (const auto key = key_as<Key>(items_[i].first)) places.try_emplace(*key, i);
    }
  }

  std::vector<value::pair> items_;
  mutable std::once_flag indexed_;  // values are shared between threads
  mutable index<std::string_view> texts_;
  mutable index<std::int64_t> numbers_;
};

/// What an inert object held.
struct object_data {
  std::string class_name;
  std::vector<value::pair> items;
};

/// A tensor of which only that it is one is known yet: a shard's, which hasn't been opened.
class deferred_tensor {
 public:
  explicit deferred_tensor(std::function<tensor_data()> make) : make_(std::move(make)) {}

  /// Makes it at the first call; throws what that throws, and tries again at the next.
  const tensor_data& get() const {
    std::call_once(made_, [this] {
      tensor_ = make_();
      if (tensor_.bytes) detail::bytes_in_storage(tensor_);
    });
    return tensor_;
  }

 private:
  std::function<tensor_data()> make_;
  mutable std::once_flag made_;  // values are shared between threads
  mutable tensor_data tensor_;
};

/// The shared part of a value. Built by value's constructors only.
struct node {
  using payload = std::variant<std::monostate, std::string, std::vector<value>,
                               std::unique_ptr<mapping>, shape, device, std::complex<double>,
                               tensor_data, object_data, std::unique_ptr<deferred_tensor>>;

  node() = default;
  node(const node&) = delete;  // identity is what makes two values aliases
  node& operator=(const node&) = delete;

  // A tree 100,000 levels deep must not overflow the stack when it goes: the first node to go lets
  // its descendants go one after another, and they only hand it their children.
  ~node() {
    thread_local std::vector<std::shared_ptr<const node>>* waiting = nullptr;
    if (waiting != nullptr) {
      take_children(*waiting);
      return;
    }
    std::vector<std::shared_ptr<const node>> orphans;
    waiting = &orphans;
    take_children(orphans);
    while (!orphans.empty()) {
      const std::shared_ptr<const node> last = std::move(orphans.back());
      orphans.pop_back();
    }
    waiting = nullptr;
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
