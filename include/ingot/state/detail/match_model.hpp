// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/model/slots.hpp>
#include <ingot/state/detail/advice.hpp>
#include <ingot/state/detail/file_keys.hpp>
#include <ingot/state/detail/load_plan.hpp>
#include <ingot/state/detail/scratch.hpp>
#include <ingot/state/load_options.hpp>
#include <ingot/state/load_report.hpp>
#include <ingot/state/materialized_size.hpp>
#include <ingot/state/read.hpp>

namespace ingot::detail {

/// The path of the file that a mapping's tensors are in; empty where they are in memory.
inline std::string file_of(const value& state) {
  if (!state.is_mapping()) return {};
  for (const auto& [key, content] : state.items()) {
    if (!content.is_tensor() || !content.tensor().bytes) continue;
    const extent* file = content.tensor().bytes->file();
    return file != nullptr ? file->from->name() : std::string();
  }
  return {};
}

inline bool same_view(const tensor_data& a, const tensor_data& b) {
  return a.bytes == b.bytes && a.type == b.type && a.offset == b.offset && a.shape == b.shape &&
         a.strides == b.strides && a.conjugate == b.conjugate && a.negative == b.negative;
}

/// Whether two tensors have the same bits. Reads both, into memory of their size.
inline bool same_elements(const tensor_data& a, const tensor_data& b, std::string_view name) {
  if (a.type != b.type || a.shape != b.shape) return false;
  const std::size_t size = materialized_size(a, name);
  const auto read = [size, name](const tensor_data& from) {
    scratch memory;
    memory.reserve(size);
    read_tensor(from, tensor_view(memory.first(size).data(), from.type, from.shape), name);
    return memory;
  };
  return std::memcmp(read(a).first(size).data(), read(b).first(size).data(), size) == 0;
}

/// Which slots a state has values for. That of a file never has transients.
enum class matched_slots { persistent, all_that_are_there };

/// Which value goes to which slot of a model. Moves no byte of the model.
class model_match {
 public:
  /// All arguments must outlive it. Throws mismatch_error where the load must not go on.
  model_match(std::span<const named_slot> slots, const value& state, const load_options& options,
              matched_slots which = matched_slots::persistent)
      : slots_(slots), options_(options), which_(which), keys_(state, options) {
    plan_.reserve(slots.size());
    report_.loaded.reserve(slots.size());
    match_slots();
    for (const auto& item : keys_.items()) {
      if (!item.used)
        report_.unexpected.push_back(item.name.empty() ? reported_key(*item.key)
                                                       : std::string(item.name));
    }
    if (report_.complete()) return;
    report_.advice = advise(report_, slots_, state, options_);
    const bool keys_differ = !report_.missing.empty() || !report_.unexpected.empty();
    if ((options_.strict && keys_differ) ||
        (!options_.skip_mismatched && !report_.mismatched.empty())) {
      if (report_.advice.empty()) {
        report_.advice = advise_to_load_what_fits(report_, state, options_);
      }
      report_.loaded.clear();
      throw mismatch_error(std::move(report_), file_of(state), "model");
    }
  }

  std::span<const planned_tensor> plan() const noexcept { return plan_; }
  load_report report() && { return std::move(report_); }

 private:
  void match_slots() {
    const slot_matcher match(options_, report_, "model");
    constexpr std::size_t none = static_cast<std::size_t>(-1);
    std::vector<std::size_t> planned(slots_.size(), none);  // by the tie: what goes there
    std::vector<const value*> contents(slots_.size(), nullptr);
    std::vector<std::size_t> absent;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      const named_slot& named = slots_[i];
      const bool transient = named.kind == role::transient;
      if (transient && which_ == matched_slots::persistent) continue;
      if (options_.filter && !options_.filter(named.name)) continue;
      const value* content = keys_.take(named.name);
      if (content == nullptr) {
        if (!transient) absent.push_back(i);
        continue;
      }
      auto found = match(named.name, named.slot, *content);
      if (!found) continue;
      report_.loaded.push_back(named.name);
      std::size_t& first = planned[named.tie];
      if (first == none) {
        first = plan_.size();
        contents[named.tie] = content;
        plan_.push_back(std::move(*found));
      } else {
        check_tie(plan_[first], *found);
        add_twin(plan_[first], std::move(*found));
      }
    }
    for (const std::size_t i : absent) {
      const named_slot& named = slots_[i];
      const std::size_t first = planned[named.tie];
      if (first == none) {
        report_.missing.push_back(named.name);
      } else if (auto found = match(named.name, named.slot, *contents[named.tie])) {
        report_.loaded.push_back(named.name);
        add_twin(plan_[first], std::move(*found));
      }
    }
  }

  // Names that a descriptor ties may be of tensors that own their bytes: each needs them.
  void add_twin(const planned_tensor& first, planned_tensor second) {
    if (first.into.identity() != second.into.identity()) plan_.push_back(std::move(second));
  }

  void check_tie(const planned_tensor& first, const planned_tensor& second) {
    if (same_view(*first.from, *second.from)) return;
    if (same_elements(*first.from, *second.from, second.name)) return;
    report_.mismatched.push_back({.name = std::string(second.name),
                                  .problem = "tied values differ",
                                  .detail = "the model has one tensor under this name and \"" +
                                            std::string(first.name) +
                                            "\", the file has different values"});
  }

  std::span<const named_slot> slots_;
  const load_options& options_;
  matched_slots which_;
  file_keys keys_;
  std::vector<planned_tensor> plan_;
  load_report report_;
};

}  // namespace ingot::detail
