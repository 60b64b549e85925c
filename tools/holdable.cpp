// SPDX-License-Identifier: Apache-2.0
#include "holdable.hpp"

#include <cstddef>
#include <span>
#include <unordered_map>
#include <utility>

#include <ingot/state/children.hpp>

namespace ingot::tools {

namespace {

/// A dict, list, tuple or set. An object of a class is a leaf: a format is asked whether it holds
/// it.
bool is_collection(const value& of) { return of.is_mapping() || of.is_sequence(); }

/// Rebuilds a tree from its leaves up, each shared node once.
class filter {
 public:
  explicit filter(leaf_test holds) : holds_(holds) {}

  std::optional<value> operator()(const value& root) {
    stack_.push_back({&root, 0});
    while (!stack_.empty()) {
      frame& top = stack_.back();
      if (top.next == child_count(*top.of) || !is_collection(*top.of)) {
        const value& done = *top.of;
        if (done.identity() != nullptr) made_.insert_or_assign(done.identity(), rebuild(done));
        stack_.pop_back();
      } else if (const value& next = child(*top.of, top.next++);
                 next.identity() != nullptr && !made_.contains(next.identity())) {
        stack_.push_back({&next, 0});
      }
    }
    result whole = result_of(root);
    if (!whole.holdable) return std::nullopt;
    return std::move(whole.content);
  }

 private:
  struct frame {
    const value* of;
    std::size_t next;
  };
  struct result {
    value content;
    bool holdable = true;
  };

  result result_of(const value& of) const {
    if (of.identity() == nullptr) return {of, is_collection(of) || holds_(of)};
    return made_.at(of.identity());
  }

  result rebuild(const value& of) const {
    if (of.is_mapping()) return rebuild_mapping(of);
    if (!of.is_sequence()) return {of, holds_(of)};
    std::vector<value> elements;
    for (const value& element : of.elements()) {
      result part = result_of(element);
      if (!part.holdable) return {{}, false};
      elements.push_back(std::move(part.content));
    }
    return {value::make_sequence(of.kind(), std::move(elements))};
  }

  result rebuild_mapping(const value& of) const {
    std::vector<value::pair> items = rebuild_pairs(of.items());
    std::vector<value::pair> attributes = rebuild_pairs(of.attributes());
    return {value::make_mapping(of.kind(), std::move(items), std::move(attributes))};
  }

  std::vector<value::pair> rebuild_pairs(std::span<const value::pair> pairs) const {
    std::vector<value::pair> kept;
    for (const auto& [key, content] : pairs) {
      result new_key = key.kind() == kind::string ? result{key} : result_of(key);
      result new_content = result_of(content);
      if (new_key.holdable && new_content.holdable) {
        kept.emplace_back(std::move(new_key.content), std::move(new_content.content));
      }
    }
    return kept;
  }

  leaf_test holds_;
  std::vector<frame> stack_;
  std::unordered_map<const node*, result> made_;
};

}  // namespace

std::vector<leaf> unholdable_values(const value& root, leaf_test holds) {
  std::vector<leaf> found;
  for (leaf& part : leaves_of(root, false)) {
    if (!is_collection(*part.content) && !holds(*part.content)) found.push_back(std::move(part));
  }
  return found;
}

std::optional<value> drop_unholdable(const value& root, leaf_test holds) {
  return filter(holds)(root);
}

}  // namespace ingot::tools
