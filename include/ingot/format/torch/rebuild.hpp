// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ingot/core/checked.hpp>
#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/shape.hpp>
#include <ingot/format/pickle/graph.hpp>
#include <ingot/format/torch/globals.hpp>
#include <ingot/format/torch/storages.hpp>
#include <ingot/state/read.hpp>
#include <ingot/state/tensor_data.hpp>

namespace ingot::detail::torch {

using pickle::graph;
using pickle::item;
using pickle::tag;
using arguments = std::span<const item>;

inline void expect_arguments(arguments given, std::size_t least, std::size_t most) {
  if (given.size() >= least && given.size() <= most) return;
  throw format_error({.expected = std::to_string(least) + " arguments or more",
                      .found = std::to_string(given.size())});
}

inline bool expect_bool(const graph& objects, item what) {
  if (what.tag != tag::boolean && what.tag != tag::integer) {
    pickle::refuse(objects, what, "True or False");
  }
  return what.integer != 0;
}

/// The ints of a tuple or list (or torch.Size): extents or strides.
inline std::vector<std::int64_t> integers(graph& objects, item what) {
  what = objects.resolve(what);
  if (what.tag == tag::leaf && objects.leaf(what).kind() == kind::size) {
    const ingot::shape& size = objects.leaf(what).shape();
    objects.charge(size.rank());
    return {size.begin(), size.end()};
  }
  const bool is_list = objects.is(what, pickle::container_kind::list);
  const arguments given = is_list ? arguments(objects.at(what).items)
                                  : pickle::expect_tuple(objects, what, "a tuple of ints");
  objects.charge(given.size());
  std::vector<std::int64_t> numbers;
  numbers.reserve(given.size());
  for (const item each : given) numbers.push_back(pickle::expect_integer(objects, each, "an int"));
  return numbers;
}

inline ingot::shape shape_of(std::vector<std::int64_t> numbers) {
  for (const std::int64_t extent : numbers) {
    if (extent < 0) {
      throw format_error(
          {.expected = "a shape without negative extents", .found = std::to_string(extent)});
    }
  }
  return ingot::shape(std::move(numbers));
}

inline ingot::shape extents(graph& objects, item what) { return shape_of(integers(objects, what)); }

/// A tensor made before, as torch.Tensor or Parameter; null where the item is anything else.
inline const tensor_data* find_tensor(const graph& objects, item what) {
  what = objects.resolve(what);
  if (what.tag != tag::leaf || !objects.leaf(what).is_tensor()) return nullptr;
  return &objects.leaf(what).tensor();
}

inline value expect_tensor(const graph& objects, item what) {
  if (find_tensor(objects, what) == nullptr) pickle::refuse(objects, what, "a tensor");
  return objects.leaf(objects.resolve(what));
}

inline value expect_part(const graph& objects, item what) {
  value part = expect_tensor(objects, what);
  if (!can_be_part(part.tensor())) {
    pickle::refuse(objects, what, "a strided tensor that isn't quantized, as a part of a tensor");
  }
  return part;
}

inline dtype expect_dtype(const graph& objects, item what) {
  const auto type = what.tag == tag::global ? as_dtype(objects.global(what).meaning) : std::nullopt;
  if (!type) pickle::refuse(objects, what, "a dtype such as torch.float32");
  return *type;
}

/// Checks that every element lies in the storage: whatever the sizes say, nothing outside of it
/// will ever be read. (A stride of 0 makes 2^62 elements out of one: legal.)
inline void check_bounds(const tensor_data& view, std::uint64_t storage_size) {
  const auto fail = [&](std::string found) {
    throw format_error(
        {.expected = "a tensor within its storage of " + std::to_string(storage_size) + " bytes",
         .found = std::move(found),
         .remedy = "the file is damaged"});
  };
  if (view.offset < 0) fail("the offset " + std::to_string(view.offset));
  if (view.strides.size() != view.shape.rank()) {
    fail(std::to_string(view.shape.rank()) + " extents and " + std::to_string(view.strides.size()) +
         " strides");
  }
  for (const std::int64_t stride : view.strides) {
    if (stride < 0) fail("the stride " + std::to_string(stride));
  }
  if (!element_count(view.shape)) fail("a shape whose size doesn't fit in 63 bits");
  const auto span = span_of(view.shape, view.strides);
  if (span && *span == 0) return;  // as in torch: no element is never outside
  const auto end = span ? checked_add(view.offset, *span) : std::nullopt;
  const auto bytes =
      end ? checked_multiply(*end, static_cast<std::int64_t>(size_of(view.type))) : std::nullopt;
  if (!bytes || static_cast<std::uint64_t>(*bytes) > storage_size) {
    fail("elements that reach past its end");
  }
}

/// A view of a storage, or of the part that `from` is. Throws format_error where it reaches
/// outside.
inline tensor_data view_of(const stored& from, dtype type, std::int64_t offset,
                           ingot::shape extents, ingot::strides steps) {
  tensor_data view;
  view.bytes = from.bytes;
  view.type = type;
  view.offset = offset;
  view.shape = std::move(extents);
  view.strides = std::move(steps);
  view.device = from.device;
  check_bounds(view, size_in_bytes(from).value_or(0));
  if (from.first == 0) return view;
  if (type != from.type) {
    throw format_error({.expected = "a part of a storage as " + std::string(name(from.type)),
                        .found = std::string(name(type))});
  }
  const auto first = checked_add(view.offset, from.first);
  if (!first) {
    throw format_error({.expected = "an offset that fits in 63 bits", .found = "a larger one"});
  }
  view.offset = *first;
  return view;
}

/// `(storage, offset, size, stride)`, which every rebuild function begins with.
inline tensor_data strided(graph& objects, const storages& known, arguments given,
                           std::optional<dtype> type = {}) {
  if (given[0].tag != tag::persistent) pickle::refuse(objects, given[0], "a storage");
  const stored& from = known[given[0]];
  const std::int64_t offset = pickle::expect_integer(objects, given[1], "an offset");
  ingot::shape size = extents(objects, given[2]);
  ingot::strides steps = integers(objects, given[3]);
  return view_of(from, type.value_or(from.type), offset, std::move(size), std::move(steps));
}

/// torch._utils._rebuild_tensor_v2 (v3 adds a dtype): (storage, offset, size, stride,
/// requires_grad, hooks, [dtype,] [metadata]).
inline tensor_data rebuild_tensor(graph& objects, const storages& known, arguments given,
                                  bool has_dtype) {
  const std::size_t fixed = has_dtype ? 7 : 6;
  expect_arguments(given, fixed, fixed + 1);
  std::optional<dtype> type;
  if (has_dtype) type = expect_dtype(objects, given[6]);
  tensor_data view = strided(objects, known, given, type);
  view.requires_grad = expect_bool(objects, given[4]);
  if (given.size() == fixed || given[fixed].tag == tag::none) return view;
  if (!objects.is_mapping(given[fixed]))
    pickle::refuse(objects, given[fixed], "metadata in a dict");
  const auto& metadata = objects.at(given[fixed]).items;
  objects.charge(metadata.size());
  for (std::size_t i = 0; i + 1 < metadata.size(); i += 2) {
    const auto flag = pickle::expect_text(objects, metadata[i], "'conj' or 'neg'");
    if (flag == "conj") view.conjugate = expect_bool(objects, metadata[i + 1]);
    if (flag == "neg") view.negative = expect_bool(objects, metadata[i + 1]);
  }
  if (view.negative && !can_negate(view.type)) {
    throw format_error({.expected = "a dtype whose elements can be negated",
                        .found = "a negative view of " + std::string(name(view.type))});
  }
  return view;
}

/// torch._utils._rebuild_meta_tensor_no_storage: (dtype, size, stride, requires_grad).
inline tensor_data rebuild_meta(graph& objects, arguments given) {
  expect_arguments(given, 4, 4);
  tensor_data view;
  view.type = expect_dtype(objects, given[0]);
  view.shape = extents(objects, given[1]);
  view.strides = integers(objects, given[2]);
  view.requires_grad = expect_bool(objects, given[3]);
  view.layout = layout::meta;
  view.device = ingot::device("meta", -1);
  if (view.strides.size() != view.shape.rank()) {
    pickle::refuse(objects, given[2], "a stride a dimension");
  }
  return view;
}

/// torch._utils._rebuild_qtensor: (storage, offset, size, stride, quantizer, requires_grad, hooks);
/// the quantizer is (qscheme, scale, zero_point) or (qscheme, scales, zero_points, axis).
inline tensor_data rebuild_quantized(graph& objects, const storages& known, arguments given) {
  expect_arguments(given, 7, 7);
  tensor_data view = strided(objects, known, given);
  view.requires_grad = expect_bool(objects, given[5]);
  if (!is_quantized(view.type)) pickle::refuse(objects, given[0], "a storage of a quantized dtype");
  const auto parts = pickle::expect_tuple(objects, given[4], "a tuple of a quantizer");
  if (parts.size() < 3 || parts.size() > 4 || parts[0].tag != tag::global ||
      objects.global(parts[0]).meaning != number(meaning::qscheme)) {
    pickle::refuse(objects, given[4], "(qscheme, scale, zero_point) or one per channel");
  }
  quantizer made;
  made.scheme = objects.global(parts[0]).name.substr(std::string_view("torch.").size());
  if (parts.size() == 3) {
    if (parts[1].tag != tag::floating) pickle::refuse(objects, parts[1], "a scale");
    made.scale = parts[1].floating;
    made.zero_point = pickle::expect_integer(objects, parts[2], "a zero point");
  } else {
    made.scales = std::make_shared<const value>(expect_part(objects, parts[1]));
    made.zero_points = std::make_shared<const value>(expect_part(objects, parts[2]));
    made.axis = pickle::expect_integer(objects, parts[3], "an axis");
    if (made.axis < 0 || static_cast<std::size_t>(made.axis) >= view.shape.rank()) {
      pickle::refuse(objects, parts[3], "an axis of the tensor");
    }
  }
  view.quantizer = std::make_shared<const quantizer>(std::move(made));
  return view;
}

}  // namespace ingot::detail::torch
