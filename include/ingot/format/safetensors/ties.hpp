// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ingot/core/safe_hash.hpp>
#include <ingot/format/safetensors/header.hpp>
#include <ingot/format/safetensors/write_header.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::safetensors {

/// What two tensors agree in when they are the same elements of one storage, but their shapes.
inline auto place_of(const tensor_data& tensor) {
  return std::tuple(reinterpret_cast<std::uintptr_t>(tensor.bytes.get()), tensor.offset,
                    tensor.type, tensor.conjugate, tensor.negative);
}

inline bool is_before(const tensor_data& a, const tensor_data& b) {
  if (place_of(a) != place_of(b)) return place_of(a) < place_of(b);
  if (a.shape != b.shape) {
    return std::lexicographical_compare(a.shape.begin(), a.shape.end(), b.shape.begin(),
                                        b.shape.end());
  }
  return std::lexicographical_compare(a.strides.begin(), a.strides.end(), b.strides.begin(),
                                      b.strides.end());
}

/// For each tensor the first one that is the same elements of the same storage: itself, most often.
inline std::vector<std::size_t> first_of_ties(const std::vector<named_tensor>& tensors) {
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<std::size_t> first = order;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return is_before(*tensors[a].tensor, *tensors[b].tensor);
  });
  for (std::size_t i = 1; i < order.size(); ++i) {
    const named_tensor& before = tensors[order[i - 1]];
    if (before.size != 0 && !is_before(*before.tensor, *tensors[order[i]].tensor)) {
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

/// The reverse for a dict that was read: adds the dropped names, and takes their notes out of the
/// metadata.
inline void restore_ties(std::vector<value::pair>& items, texts& metadata) {
  std::unordered_map<std::string_view, std::size_t, safe_hash> places;
  for (std::size_t i = 0; i < items.size(); ++i) places.emplace(items[i].first.text(), i);
  texts rest;
  for (auto& [name, content] : metadata) {
    const auto kept = places.find(content);
    if (kept == places.end() || places.contains(name) || name == "format") {
      rest.emplace_back(std::move(name), std::move(content));
    } else {
      items.emplace_back(std::move(name), items[kept->second].second.tensor());
    }
  }
  metadata = std::move(rest);
}

}  // namespace ingot::detail::safetensors
