// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ingot/core/dtype.hpp>
#include <ingot/core/shape.hpp>
#include <ingot/state/tensor_data.hpp>

namespace contract {

/// A storage of bytes that differ; those of a bool are 0 and 1.
inline ingot::storage_ptr patterned_storage(ingot::dtype type, std::size_t elements) {
  auto bytes = std::make_shared<std::vector<std::byte>>(elements * ingot::size_of(type));
  unsigned next = 7;
  for (std::byte& each : *bytes) {
    next = next * 167 + 13;
    each = static_cast<std::byte>(type == ingot::dtype::boolean ? next / 4 % 2 : next % 256);
  }
  const std::byte* data = bytes->data();
  const std::size_t size = bytes->size();
  return std::make_shared<const ingot::storage>(data, size, ingot::host_space, std::move(bytes));
}

/// A contiguous tensor over such a storage of its own.
inline ingot::tensor_data patterned(ingot::dtype type, ingot::shape extents) {
  ingot::tensor_data result;
  result.type = type;
  const auto elements = ingot::element_count(extents).value();
  result.bytes = patterned_storage(type, static_cast<std::size_t>(elements));
  result.strides = ingot::contiguous_strides(extents);
  result.shape = std::move(extents);
  if (ingot::is_quantized(type)) {
    result.quantizer = std::make_shared<const ingot::quantizer>(
        ingot::quantizer{.scheme = "per_tensor_affine", .scale = 0.5, .zero_point = 3});
  }
  return result;
}

struct view_case {
  std::string what;
  ingot::tensor_data tensor;
};

/// Ways in which the elements of a tensor may lie in its storage.
inline std::vector<view_case> views_of(ingot::dtype type) {
  std::vector<view_case> result;
  const auto add = [&](std::string what, ingot::shape extents, std::vector<std::int64_t> steps,
                       std::int64_t offset) {
    ingot::tensor_data view;
    view.type = type;
    view.bytes = patterned_storage(type, 24);
    view.shape = std::move(extents);
    view.strides = ingot::strides(steps);
    view.offset = offset;
    result.push_back({std::move(what), std::move(view)});
  };
  add("contiguous", {2, 3, 4}, {12, 4, 1}, 0);
  add("transposed", {4, 6}, {1, 4}, 0);
  add("every second column", {4, 3}, {6, 2}, 1);
  add("a window", {2, 3}, {6, 1}, 7);
  add("the tail", {4}, {1}, 20);
  add("of rank 0", {}, {}, 5);
  add("expanded", {5, 4}, {0, 1}, 8);
  add("one element, expanded", {3, 3}, {0, 0}, 23);
  add("overlapping", {6, 3}, {1, 1}, 2);
  add("of one element a dimension", {1, 1, 1}, {9, 5, 7}, 3);
  add("of no element", {3, 0, 2}, {2, 2, 1}, 0);
  return result;
}

}  // namespace contract
