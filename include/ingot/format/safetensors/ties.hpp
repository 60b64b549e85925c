// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ingot/core/safe_hash.hpp>
#include <ingot/format/safetensors/header.hpp>
#include <ingot/format/safetensors/write_header.hpp>
#include <ingot/state/storage_index.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::safetensors {

/// Whether one tensor comes before another in an order in which only those are equal that are the
/// same elements of one storage, given the numbers of their storages.
inline bool is_before(const tensor_data& a, std::size_t storage_of_a, const tensor_data& b,
                      std::size_t storage_of_b) {
  const auto place = [](const tensor_data& of, std::size_t storage) {
    return std::tuple(storage, of.offset, of.type, of.conjugate, of.negative);
  };
  if (place(a, storage_of_a) != place(b, storage_of_b)) {
    return place(a, storage_of_a) < place(b, storage_of_b);
  }
  if (a.shape != b.shape) return std::ranges::lexicographical_compare(a.shape, b.shape);
  return std::ranges::lexicographical_compare(a.strides, b.strides);
}

/// For each tensor the first one that is the same elements of the same storage: itself, most often.
inline std::vector<std::size_t> first_of_ties(const std::vector<named_tensor>& tensors) {
  std::vector<std::size_t> first(tensors.size());
  std::iota(first.begin(), first.end(), std::size_t{0});
  std::vector<std::size_t> storages(tensors.size());
  storage_index index;
  bool shared = false;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto [number, fresh] = index.insert(tensors[i].tensor->bytes, tensors[i].shared);
    storages[i] = number;
    shared = shared || !fresh;
  }
  if (!shared) return first;
  const auto before = [&](std::size_t a, std::size_t b) {
    return is_before(*tensors[a].tensor, storages[a], *tensors[b].tensor, storages[b]);
  };
  std::vector<std::size_t> order = first;
  std::stable_sort(order.begin(), order.end(), before);
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (tensors[order[i]].size != 0 && !before(order[i - 1], order[i])) {
      first[order[i]] = first[order[i - 1]];
    }
  }
  return first;
}

/// Leaves out of tied tensors all but the first, and notes in the metadata which one stands for
/// each, as safetensors.torch.save_model does. A name that is a key already is not left out.
inline void drop_ties(std::vector<named_tensor>& tensors, metadata_map& metadata) {
  const std::vector<std::size_t> first = first_of_ties(tensors);
  std::vector<named_tensor> kept;
  kept.reserve(tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const bool dropped = first[i] != i && tensors[i].name != "format" &&
                         metadata.emplace(tensors[i].name, tensors[first[i]].name).second;
    if (!dropped) kept.push_back(tensors[i]);
  }
  tensors = std::move(kept);
}

/// The reverse for a dict that was read: adds the dropped names, each with what alias_of(place)
/// makes of the item that stands for it, and takes their notes out of the metadata.
template <class AliasOf>
void restore_ties(std::vector<value::pair>& items, texts& metadata, AliasOf alias_of) {
  std::unordered_map<std::string_view, std::size_t, safe_hash> places;
  for (std::size_t i = 0; i < items.size(); ++i) places.emplace(items[i].first.text(), i);
  texts rest;
  for (auto& [name, content] : metadata) {
    const auto kept = places.find(content);
    if (kept == places.end() || places.contains(name) || name == "format") {
      rest.emplace_back(std::move(name), std::move(content));
    } else {
      items.emplace_back(std::move(name), alias_of(kept->second));
    }
  }
  metadata = std::move(rest);
}

}  // namespace ingot::detail::safetensors
