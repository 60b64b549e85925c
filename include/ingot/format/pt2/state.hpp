// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/safe_hash.hpp>
#include <ingot/format/json/read.hpp>
#include <ingot/format/pt2/payload_events.hpp>
#include <ingot/format/torch/rebuild.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::pt2 {

/// Where the bytes of a record are. Throws format_error where the archive has none.
using locator = std::function<extent(const std::string& record)>;

/// What to do with what PyTorch pickled: tensor subclasses and objects.
enum class pickled { refused, left_out };

/// The tensors that a configuration (`model_weights_config.json`) names, in its order. Tensors of
/// one record are aliases. Throws format_error; `file` and `where` are for its message.
class payload_reader {
 public:
  payload_reader(std::string file, std::string where, locator locate)
      : file_(std::move(file)), where_(std::move(where)), locate_(std::move(locate)) {}

  std::vector<value::pair> run(std::string_view json, pickled what) {
    std::vector<value::pair> tensors;
    std::unordered_set<std::string, safe_hash> names;
    try {
      payload_events events;
      json::read(json, events, file_, where_);
      for (payload& each : std::move(events).take()) {
        if (!names.insert(each.name).second) {
          throw format_error({.where = detail::quoted(each.name),
                              .expected = "one of that name",
                              .found = "a second one"});
        }
        if (!each.use_pickle) {
          value made = tensor(each);
          tensors.emplace_back(std::move(each.name), std::move(made));
        } else if (what == pickled::refused) {
          refuse_pickled(each.name);
        }
      }
    } catch (const format_error& failure) {
      error_info facts = failure.info();
      if (!facts.file.empty()) throw;
      facts.file = file_;
      facts.where = where_ + (facts.where.empty() ? "" : ", " + facts.where);
      throw format_error(std::move(facts));
    }
    return tensors;
  }

 private:
  value tensor(payload& from) {
    try {
      for (const std::int64_t extent : from.view.shape) {
        if (extent >= 0) continue;
        throw format_error(
            {.expected = "a shape without negative extents", .found = std::to_string(extent)});
      }
      from.view.bytes = storage_of(from.record);
      torch::check_bounds(from.view, from.view.bytes->size());
    } catch (const format_error& failure) {
      error_info facts = failure.info();
      facts.where = detail::quoted(from.name) + (facts.where.empty() ? "" : ": " + facts.where);
      throw format_error(std::move(facts));
    }
    return value(std::move(from.view));
  }

  const storage_ptr& storage_of(const std::string& record) {
    storage_ptr& known = storages_[record];
    if (!known) known = std::make_shared<const storage>(locate_(record));
    return known;
  }

  [[noreturn]] static void refuse_pickled(const std::string& name) {
    throw format_error({.where = detail::quoted(name),
                        .expected = "the elements of a tensor",
                        .found = "a pickle of a tensor subclass",
                        .remedy = "in Python: turn it into a plain tensor before the export"});
  }

  std::string file_;
  std::string where_;
  locator locate_;
  std::unordered_map<std::string, storage_ptr, safe_hash> storages_;
};

}  // namespace ingot::detail::pt2
