// SPDX-License-Identifier: Apache-2.0
#include "diff.hpp"

#include <array>
#include <cstddef>
#include <cstdio>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ingot/state/leaves.hpp>
#include <ingot/state/materialized_size.hpp>

#include "compare_elements.hpp"
#include "description.hpp"
#include "input.hpp"
#include "json.hpp"
#include "text.hpp"

namespace ingot::tools {

namespace {

std::string short_number(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", number);
  return text.data();
}

bool is_tensor(const value& of) { return of.is_tensor() || of.kind() == kind::ndarray; }

bool has_items(const value& of) { return of.is_mapping() || of.kind() == kind::object; }

/// Kinds that may be compared: all mappings are alike.
bool comparable(const value& a, const value& b) {
  return a.kind() == b.kind() || (a.is_mapping() && b.is_mapping());
}

class tree_comparison {
 public:
  tree_comparison(std::ostream& out, const compared_pair& files, const tolerance& allowed)
      : out_(out), files_(files), allowed_(allowed) {
    push(files.a, files.b, no_parent, "");
  }

  std::uint64_t run() {
    while (!waiting_.empty()) {
      const pending next = std::move(waiting_.back());
      waiting_.pop_back();
      // What is shared on both sides is compared once: a few nodes can be 2^40 pairs.
      const auto ids = std::pair(next.a->identity(), next.b->identity());
      if (ids.first != nullptr && ids.second != nullptr && !seen_.insert(ids).second) continue;
      compare(next);
    }
    return differences_;
  }

 private:
  static constexpr std::size_t no_parent = static_cast<std::size_t>(-1);

  /// A name, as a link to what precedes it: whole names of a deep tree would fill the memory.
  struct label {
    std::size_t parent;
    std::string text;
  };

  struct pending {
    const value* a;
    const value* b;
    std::size_t label;
  };

  void push(const value& a, const value& b, std::size_t parent, std::string text) {
    labels_.push_back({parent, std::move(text)});
    waiting_.push_back({&a, &b, labels_.size() - 1});
  }

  std::string name_of(std::size_t index) const {
    std::vector<const std::string*> parts;
    for (; index != no_parent; index = labels_[index].parent) {
      if (!labels_[index].text.empty()) parts.push_back(&labels_[index].text);
    }
    std::string text;
    for (std::size_t i = parts.size(); i-- > 0;) text += *parts[i] + (i == 0 ? "" : ".");
    return text.empty() ? "root" : text;
  }

  void report(std::size_t label, const std::string& text) {
    ++differences_;
    out_ << printable(name_of(label)) << ": " << text << '\n';
  }

  void report_pair(const pending& of) {
    const std::string a = described(*of.a);
    const std::string b = described(*of.b);
    // Long texts may begin alike.
    report(of.label, a + " and " + (a == b ? "another" : b));
  }

  void report_only(std::size_t label, const value& key, const std::string& file) {
    labels_.push_back({label, key_name(key)});
    report(labels_.size() - 1, "only in " + file);
  }

  void compare(const pending& of) {
    const value& a = *of.a;
    const value& b = *of.b;
    if (!comparable(a, b)) {
      report_pair(of);
    } else if (is_tensor(a)) {
      compare_tensors(of);
    } else if (has_items(a)) {
      compare_items(of);
    } else if (a.is_sequence()) {
      compare_sequences(of);
    } else if (a.kind() == kind::floating) {
      if (!within(a.floating(), b.floating(), allowed_)) report_pair(of);
    } else if (to_json(a) != to_json(b)) {
      report_pair(of);
    }
  }

  void compare_items(const pending& of) {
    if (of.a->kind() == kind::object && of.a->class_name() != of.b->class_name()) {
      return report(of.label, "class " + printable(of.a->class_name()) + " and " +
                                  printable(of.b->class_name()));
    }
    std::unordered_map<std::string, const value*> others;
    for (const auto& [key, content] : of.b->items()) others.emplace(to_json(key), &content);
    std::vector<std::pair<const value::pair*, const value*>> common;
    for (const value::pair& item : of.a->items()) {
      const auto other = others.find(to_json(item.first));
      if (other == others.end()) {
        report_only(of.label, item.first, files_.a_name);
      } else {
        common.emplace_back(&item, other->second);
        others.erase(other);
      }
    }
    for (const auto& [key, content] : of.b->items()) {
      if (others.contains(to_json(key))) report_only(of.label, key, files_.b_name);
    }
    // The last one in is compared first.
    for (std::size_t i = common.size(); i-- > 0;) {
      const auto& [key, content] = *common[i].first;
      push(content, *common[i].second, of.label, key_name(key));
    }
  }

  void compare_sequences(const pending& of) {
    if (of.a->size() != of.b->size()) {
      return report(of.label, std::to_string(of.a->size()) + " and " +
                                  std::to_string(of.b->size()) + " elements");
    }
    if (of.a->kind() == kind::set) return compare_sets(of);
    for (std::size_t i = of.a->size(); i-- > 0;) {
      push(of.a->elements()[i], of.b->elements()[i], of.label, std::to_string(i));
    }
  }

  void compare_sets(const pending& of) {
    std::multiset<std::string> a;
    std::multiset<std::string> b;
    for (const value& element : of.a->elements()) a.insert(to_json(element));
    for (const value& element : of.b->elements()) b.insert(to_json(element));
    if (a != b) report(of.label, "sets of other elements");
  }

  void compare_tensors(const pending& of) {
    const tensor_data& a = of.a->tensor();
    const tensor_data& b = of.b->tensor();
    bool alike = true;
    const auto require_same = [&](bool same, const std::string& what, const std::string& in_a,
                                  const std::string& in_b) {
      if (same) return;
      alike = false;
      report(of.label, what + ' ' + in_a + " and " + in_b);
    };
    require_same(a.layout == b.layout, "layout", std::string(name(a.layout)),
                 std::string(name(b.layout)));
    require_same(a.shape == b.shape, "shape", to_string(a.shape), to_string(b.shape));
    if (a.type != b.type) return report_types(of, alike);
    if (!alike) return;
    if (a.parts) return push(*a.parts, *b.parts, of.label, "");
    compare_quantizers(of, a.quantizer.get(), b.quantizer.get());
    if (!a.bytes || !b.bytes) return;
    const element_differences found = differences_of(of, a, b);
    if (found.different != 0) report(of.label, described_differences(found, a.shape));
  }

  /// Also says how many elements differ, where they are `alike` in all else.
  void report_types(const pending& of, bool alike) {
    const tensor_data& a = of.a->tensor();
    const tensor_data& b = of.b->tensor();
    std::string text = "dtype " + std::string(name(a.type)) + " and " + std::string(name(b.type));
    if (alike && a.bytes && b.bytes && comparable_elements(a.type, b.type)) {
      text += "; as float64 " + described_differences(differences_of(of, a, b), a.shape);
    }
    report(of.label, text);
  }

  void compare_quantizers(const pending& of, const quantizer* a, const quantizer* b) {
    if (a == nullptr || b == nullptr) return;
    const bool same = a->scheme == b->scheme && a->axis == b->axis &&
                      within(a->scale, b->scale, allowed_) && a->zero_point == b->zero_point;
    if (!same) report(of.label, "another scale or zero point");
    if (same && a->scales && b->scales) {
      push(*a->scales, *b->scales, of.label, "scales");
      push(*a->zero_points, *b->zero_points, of.label, "zero_points");
    }
  }

  element_differences differences_of(const pending& of, const tensor_data& a,
                                     const tensor_data& b) {
    const std::string name = name_of(of.label);
    check_once({name, a.bytes});
    check_once({name, b.bytes});
    for (const tensor_data* each : {&a, &b}) compared_.add(*each, name);
    compared_.check();
    return compare_elements(a, b, name, allowed_);
  }

  static std::string described_differences(const element_differences& found, const shape& of) {
    std::string text = grouped(found.different) + " of " +
                       grouped(static_cast<std::uint64_t>(element_count(of).value_or(0))) +
                       " elements differ";
    if (found.different != 0 && found.numbers) {
      text += ", max abs " + short_number(found.max_absolute) + ", max rel " +
              short_number(found.max_relative);
    }
    return text;
  }

  void check_once(const named_storage& bytes) {
    if (checked_.insert(bytes.bytes.get()).second) check_storage(bytes);
  }

  std::ostream& out_;
  const compared_pair& files_;
  tolerance allowed_;
  detail::materialized_sizes compared_;
  std::vector<label> labels_;
  std::vector<pending> waiting_;
  std::set<std::pair<const node*, const node*>> seen_;
  std::set<const storage*> checked_;
  std::uint64_t differences_ = 0;
};

}  // namespace

std::uint64_t print_differences(std::ostream& out, const compared_pair& files,
                                const tolerance& allowed) {
  return tree_comparison(out, files, allowed).run();
}

}  // namespace ingot::tools
