// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/safe_hash.hpp>
#include <ingot/state/detail/file_keys.hpp>
#include <ingot/state/load_report.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail {

/// An optimizer's state_dict, by the position of the parameters in the optimizer it is loaded into.
/// (The indices in a file are any; the lists `params` say in which order.)
class saved_optimizer {
 public:
  /// `state` must outlive it. Throws value_error where it is no optimizer's state_dict, and
  /// mismatch_error where its groups don't have these numbers of parameters.
  saved_optimizer(const value& state, std::span<const std::size_t> group_sizes,
                  load_report& report) {
    const value* groups = state.is_mapping() ? state.find("param_groups") : nullptr;
    const value* entries = state.is_mapping() ? state.find("state") : nullptr;
    if (groups == nullptr || entries == nullptr || !groups->is_sequence() ||
        !entries->is_mapping()) {
      refuse_kind(state);
    }
    for (const value& group : groups->elements()) {
      const value* params = group.is_mapping() ? group.find("params") : nullptr;
      if (params == nullptr || !params->is_sequence()) refuse_kind(state);
      groups_.push_back(&group);
    }
    check_groups(group_sizes, report);
    if (!report.mismatched.empty()) refuse(std::move(report));
    read_entries(*entries, report);
  }

  const value& group(std::size_t index) const { return *groups_[index]; }

  /// What is kept for a parameter under a name; null where there is none.
  const value* find(std::size_t parameter, std::string_view name) const {
    return entries_[parameter] == nullptr ? nullptr : entries_[parameter]->find(name);
  }

  bool has_state(std::size_t parameter) const {
    return entries_[parameter] != nullptr && entries_[parameter]->size() != 0;
  }
  bool any_state(std::size_t first, std::size_t count) const {
    return std::ranges::any_of(std::span(entries_).subspan(first, count),
                               [](const value* entry) { return entry && entry->size() != 0; });
  }
  std::size_t parameters() const noexcept { return entries_.size(); }

  /// "state.3.exp_avg": what a report calls it.
  std::string path(std::size_t parameter, std::string_view name) const {
    return "state." + std::to_string(ids_[parameter]) + '.' + std::string(name);
  }

  /// Reports what is kept for a parameter under names that the optimizer doesn't have.
  void report_unknown(std::size_t parameter, std::span<const std::string_view> known,
                      load_report& report) const {
    if (entries_[parameter] == nullptr) return;
    for (const auto& [key, content] : entries_[parameter]->items()) {
      const std::string name = reported_key(key);
      if (content.is_none() || std::ranges::find(known, name) != known.end()) continue;
      report.unexpected.push_back(path(parameter, name));
    }
  }

  [[noreturn]] static void refuse(load_report report) {
    report.loaded.clear();
    throw mismatch_error(std::move(report), {}, "optimizer");
  }

 private:
  // A whole checkpoint, or a model's state, is the common mistake.
  [[noreturn]] static void refuse_kind(const value& state) {
    error_info info{.where = "load_state_dict of an optimizer",
                    .expected = "a dict with the keys \"state\" and \"param_groups\"",
                    .found = summary(state)};
    if (state.is_mapping()) {
      for (const auto& [key, content] : state.items()) {
        if (key.kind() == kind::string && content.is_mapping() &&
            content.contains("param_groups")) {
          info.remedy =
              "write ingot::load_state_dict(optimizer, ingot::open(file)[\"" + key.text() + "\"])";
          break;
        }
      }
    }
    throw value_error(std::move(info));
  }

  void check_groups(std::span<const std::size_t> sizes, load_report& report) {
    if (groups_.size() != sizes.size()) {
      report.mismatched.push_back({.name = "param_groups",
                                   .problem = "number of parameter groups differs",
                                   .detail = "the file has " + std::to_string(groups_.size()) +
                                             ", the optimizer " + std::to_string(sizes.size())});
      return;
    }
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const value& params = *groups_[i]->find("params");
      for (const value& id : params.elements()) {
        if (!positions_.try_emplace(id.integer(), ids_.size()).second) {
          throw value_error({.where = "param_groups." + std::to_string(i) + ".params",
                             .expected = "every parameter once",
                             .found = std::to_string(id.integer()) + " twice"});
        }
        ids_.push_back(id.integer());
      }
      if (params.size() == sizes[i]) continue;
      report.mismatched.push_back({.name = "param_groups." + std::to_string(i) + ".params",
                                   .problem = "number of parameters differs",
                                   .detail = "the file has " + std::to_string(params.size()) +
                                             ", the optimizer " + std::to_string(sizes[i])});
    }
  }

  void read_entries(const value& state, load_report& report) {
    entries_.resize(ids_.size());
    for (const auto& [key, content] : state.items()) {
      const bool known = key.kind() == kind::integer && key.identity() == nullptr &&
                         positions_.contains(key.integer());
      if (known && content.is_mapping()) {
        entries_[positions_.at(key.integer())] = &content;
      } else {
        report.unexpected.push_back("state." + (reported_key(key)));
      }
    }
  }

  std::vector<const value*> groups_;
  std::vector<std::int64_t> ids_;  // by position
  std::unordered_map<std::int64_t, std::size_t, safe_hash> positions_;
  std::vector<const value*> entries_;  // by position; null: none
};

}  // namespace ingot::detail
