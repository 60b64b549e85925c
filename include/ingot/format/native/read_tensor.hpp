// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/device.hpp>
#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/shape.hpp>
#include <ingot/format/native/cursor.hpp>
#include <ingot/format/native/layout.hpp>
#include <ingot/state/read.hpp>
#include <ingot/state/sparse_parts.hpp>
#include <ingot/state/storage.hpp>
#include <ingot/state/tensor_data.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::native {

/// A name and the dtype that it is, if it is one.
struct known_name {
  std::string_view text;
  std::optional<dtype> type;
};

/// What nodes refer to by number. Throws format_error for numbers that there aren't.
struct references {
  std::vector<known_name> names;
  std::vector<storage_ptr> storages;

  const known_name& name(cursor& in) const { return names[index(in, names.size(), "names")]; }

  dtype type(cursor& in) const {
    const known_name& found = name(in);
    if (found.type) return *found.type;
    throw format_error({.where = "a dtype",
                        .expected = "one that this version knows",
                        .found = detail::quoted(found.text),
                        .remedy = "a newer Ingot wrote it, or the file is damaged"});
  }

  // Odd tags are kept as they are.
  ingot::device device(cursor& in) const {
    const std::string_view text = name(in).text;
    try {
      return ingot::device(text);
    } catch (const value_error&) {
      return {std::string(text), -1};
    }
  }

  const storage_ptr& storage(cursor& in) const {
    return storages[index(in, storages.size(), "storages")];
  }

 private:
  static std::size_t index(cursor& in, std::size_t count, std::string_view of) {
    const std::uint64_t number = in.number();
    if (number >= count) {
      in.refuse("one of " + std::to_string(count) + ' ' + std::string(of),
                "number " + std::to_string(number));
    }
    return static_cast<std::size_t>(number);
  }
};

inline layout layout_of(cursor& in, const references& known) {
  const std::string_view text = known.name(in).text;
  for (const layout each : {layout::meta, layout::sparse_coo, layout::sparse_csr,
                            layout::sparse_csc, layout::sparse_bsr, layout::sparse_bsc}) {
    if (text == name(each)) return each;
  }
  in.refuse("a layout", detail::quoted(text));
}

inline dimensions read_dimensions(cursor& in, std::size_t rank) {
  dimensions numbers(rank);
  for (std::int64_t& each : numbers) each = in.extent();
  return numbers;
}

/// Puts the parts of a sparse or quantized tensor, which come off the stack, in their places.
inline void attach_parts(cursor& in, tensor_data& tensor, quantizer* how, std::span<value> parts) {
  for (const value& part : parts) {
    if (!part.is_tensor() || !can_be_part(part.tensor())) {
      in.refuse("strided tensors as parts of a tensor", summary(part));
    }
  }
  if (how != nullptr) {
    how->scales = std::make_shared<const value>(std::move(parts[0]));
    how->zero_points = std::make_shared<const value>(std::move(parts[1]));
    return;
  }
  const auto [first, second] = index_names(tensor.layout);
  std::vector<value::pair> named;
  named.emplace_back(first, std::move(parts[0]));
  if (!second.empty()) named.emplace_back(second, std::move(parts[1]));
  named.emplace_back("values", std::move(parts.back()));
  tensor.parts = std::make_shared<const value>(value::make_mapping(kind::dict, std::move(named)));
}

/// Reads the fields of a tensor; `take(count)` hands over values from the top of the stack. Throws
/// format_error.
template <class Take>
tensor_data read_tensor_fields(cursor& in, const references& known, Take take) {
  tensor_data tensor;
  const std::uint64_t flags = in.number();
  if ((flags & ~flag::all) != 0) in.refuse("flags of this version", std::to_string(flags));
  tensor.type = known.type(in);
  const std::size_t rank = in.count("extents");
  tensor.shape = ingot::shape(std::span<const std::int64_t>(read_dimensions(in, rank)));
  if (flags & flag::strides) tensor.strides = read_dimensions(in, rank);
  if (flags & flag::offset) tensor.offset = in.extent();
  if (flags & flag::device) tensor.device = known.device(in);
  if (flags & flag::layout) tensor.layout = layout_of(in, known);
  tensor.requires_grad = (flags & flag::requires_grad) != 0;
  tensor.is_parameter = (flags & flag::parameter) != 0;
  tensor.conjugate = (flags & flag::conjugate) != 0;
  tensor.negative = (flags & flag::negative) != 0;
  tensor.coalesced = (flags & flag::coalesced) != 0;
  const bool sparse = tensor.layout != layout::strided && tensor.layout != layout::meta;
  if (!sparse && (flags & flag::strides) == 0) tensor.strides = contiguous_strides(tensor.shape);
  const bool quantized = (flags & (flag::per_tensor | flag::per_channel)) != 0;
  if (quantized != is_quantized(tensor.type) || (quantized && tensor.layout != layout::strided)) {
    in.refuse("a quantizer with the quantized dtypes and only with them",
              std::string(name(tensor.type)));
  }
  if (tensor.negative && !can_negate(tensor.type)) {
    in.refuse("a dtype whose elements can be negated",
              "a negative view of " + std::string(name(tensor.type)));
  }
  std::shared_ptr<quantizer> how;
  if (quantized) {
    how = std::make_shared<quantizer>();
    how->scheme = known.name(in).text;
    if (!is_qscheme(how->scheme)) in.refuse("a qscheme", detail::quoted(how->scheme));
    if (flags & flag::per_channel) {
      how->axis = in.integer();
      if (how->axis < 0 || static_cast<std::size_t>(how->axis) >= rank) {
        in.refuse("an axis of the tensor", std::to_string(how->axis));
      }
      attach_parts(in, tensor, how.get(), take(2));
    } else {
      how->scale = in.floating();
      how->zero_point = in.integer();
    }
    tensor.quantizer = std::move(how);
  }
  if (sparse) attach_parts(in, tensor, nullptr, take(tensor.layout == layout::sparse_coo ? 2 : 3));
  if (tensor.layout == layout::strided) tensor.bytes = known.storage(in);
  return tensor;
}

}  // namespace ingot::detail::native
