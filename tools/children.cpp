// SPDX-License-Identifier: Apache-2.0
#include "children.hpp"

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include <ingot/core/error.hpp>

namespace ingot::tools {

namespace {

bool has_items(const value& of) { return of.is_mapping() || of.kind() == kind::object; }

bool is_text(const value& of) {
  return of.kind() == kind::string || of.kind() == kind::bytes || of.kind() == kind::bytearray;
}

std::size_t tensor_child_count(const tensor_data& tensor) {
  if (tensor.parts) return tensor.parts->size();
  return tensor.quantizer && tensor.quantizer->scales ? 2 : 0;
}

const value& tensor_child(const tensor_data& tensor, std::size_t index) {
  if (tensor.parts) return tensor.parts->items()[index].second;
  return index == 0 ? *tensor.quantizer->scales : *tensor.quantizer->zero_points;
}

// About what a node takes when printed, without its children.
constexpr std::uint64_t node_weight = 64;

std::uint64_t own_weight(const value& of) { return node_weight + (is_text(of) ? of.size() : 0); }

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
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

}  // namespace

std::size_t child_count(const value& of) {
  if (has_items(of)) return 2 * of.items().size() + of.attributes().size();
  if (of.is_sequence()) return of.size();
  if (of.is_tensor()) return tensor_child_count(of.tensor());
  return 0;
}

const value& child(const value& of, std::size_t index) {
  if (of.is_sequence()) return of.elements()[index];
  if (of.is_tensor()) return tensor_child(of.tensor(), index);
  const auto items = of.items();
  if (index >= 2 * items.size()) return of.attributes()[index - 2 * items.size()].second;
  const value::pair& item = items[index / 2];
  return index % 2 == 0 ? item.first : item.second;
}

void name_budget::add(std::size_t length) {
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

void check_expanded_size(const value& root) {
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

}  // namespace ingot::tools
