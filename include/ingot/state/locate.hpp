// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <utility>

#include <ingot/core/map_location.hpp>
#include <ingot/state/transform.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

namespace detail {

/// The tensor with the destination that `where` says, and its parts with theirs.
inline tensor_data located(tensor_data tensor, const map_location& where) {
  if (tensor.bytes) {
    if (const memory_space* space = where(tensor.device)) {
      tensor.destination = space;
      tensor.device = device_of(*space);
    }
  }
  const auto part = [&where](const tensor_data& of) { return located(of, where); };
  return transform_parts(std::move(tensor), part);
}

}  // namespace detail

/// The same tree, whose tensors clone() puts where `where` says. No byte moves, and a file of the
/// tree that wasn't opened yet isn't; whoever asks for a tensor gets what `where` throws.
inline value locate(const value& root, const map_location& where) {
  return transform(root, [&where](const value& of) -> std::optional<value> {
    if (!of.is_tensor()) return std::nullopt;  // a numpy array is always the host's
    return value::make_deferred_tensor([of, where] { return detail::located(of.tensor(), where); });
  });
}

}  // namespace ingot
