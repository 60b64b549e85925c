// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/tensor_view.hpp>
#include <ingot/io/window_source.hpp>
#include <ingot/state/read.hpp>
#include <ingot/state/tensor_data.hpp>

namespace ingot::detail {

/// A stored tensor and the memory that its elements go to, which has its shape; another dtype is a
/// conversion.
struct commit_item {
  std::string_view name;
  const tensor_data* from;
  tensor_view into;
  bool in_place;  ///< whether `into` is the model's memory already
};

/// Throws value_error for a device's memory that isn't contiguous: no copy reaches it.
inline void require_writable(std::string_view name, const tensor_view& into) {
  if (into.space().host_accessible || into.is_contiguous()) return;
  throw value_error({.where = std::string(name),
                     .expected = "contiguous memory on " + std::string(into.space().name),
                     .found = "a strided view of it"});
}

inline bool in_host_memory(const storage& stored) {
  return stored.in_memory() && stored.space().host_accessible;
}

/// Whether reading its storage for it alone costs nothing more.
inline bool goes_alone(const commit_item& item) {
  const storage& stored = *item.from->bytes;
  return in_host_memory(stored) || (stored.in_memory() && covers_storage(*item.from));
}

/// What lies in memory first, in its order: it may be memory that others are written to. Then in
/// the order of the files. What else one storage has is beside each other.
inline void sort_by_place(std::vector<commit_item>& items) {
  using key = std::tuple<std::uintptr_t, std::uint64_t, std::uintptr_t, std::size_t>;
  std::vector<key> keys;
  keys.reserve(items.size());
  std::unordered_map<const storage*, std::size_t> first_places;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const storage& stored = *items[i].from->bytes;
    const extent* file = stored.file();
    if (file == nullptr) {
      const bool alone = goes_alone(items[i]);
      keys.emplace_back(0, alone ? i : first_places.try_emplace(&stored, i).first->second, 0, i);
      continue;
    }
    const source* from = file->from.get();
    std::uint64_t offset = file->offset;
    if (const auto* window = dynamic_cast<const window_source*>(from)) {
      from = window->base().get();
      offset += window->offset();
    }
    keys.emplace_back(reinterpret_cast<std::uintptr_t>(from), offset,
                      reinterpret_cast<std::uintptr_t>(&stored), i);
  }
  if (std::ranges::is_sorted(keys)) return;
  std::ranges::sort(keys);
  std::vector<commit_item> sorted;
  sorted.reserve(items.size());
  for (const key& next : keys) sorted.push_back(std::move(items[std::get<3>(next)]));
  items = std::move(sorted);
}

}  // namespace ingot::detail
