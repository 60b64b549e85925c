// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <ingot/state/value.hpp>

namespace ingot {

namespace detail {

inline bool has_items(const value& of) noexcept {
  return of.is_mapping() || of.kind() == kind::object;
}

inline std::size_t tensor_child_count(const tensor_data& tensor) {
  if (tensor.parts) return tensor.parts->size();
  return tensor.quantizer && tensor.quantizer->scales ? 2 : 0;
}

inline const value& tensor_child(const tensor_data& tensor, std::size_t index) {
  if (tensor.parts) return tensor.parts->items()[index].second;
  return index == 0 ? *tensor.quantizer->scales : *tensor.quantizer->zero_points;
}

}  // namespace detail

/// Number of values that a value holds directly: keys and contents of a mapping (then its
/// attributes' contents), elements of a sequence, the tensors that a sparse or quantized one is
/// made of. With child() it lets trees of any depth be walked with a stack of positions.
inline std::size_t child_count(const value& of) {
  if (detail::has_items(of)) return 2 * of.items().size() + of.attributes().size();
  if (of.is_sequence()) return of.size();
  if (of.is_tensor()) return detail::tensor_child_count(of.tensor());
  return 0;
}

/// The child at `index`; of a mapping or object item i's key is child 2i, its content 2i + 1.
inline const value& child(const value& of, std::size_t index) {
  if (of.is_sequence()) return of.elements()[index];
  if (of.is_tensor()) return detail::tensor_child(of.tensor(), index);
  const auto items = of.items();
  if (index >= 2 * items.size()) return of.attributes()[index - 2 * items.size()].second;
  const value::pair& item = items[index / 2];
  return index % 2 == 0 ? item.first : item.second;
}

}  // namespace ingot
