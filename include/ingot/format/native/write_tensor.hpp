// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <ingot/core/error.hpp>
#include <ingot/core/shape.hpp>
#include <ingot/format/native/cursor.hpp>
#include <ingot/format/native/layout.hpp>
#include <ingot/format/native/name_table.hpp>
#include <ingot/state/sparse_parts.hpp>
#include <ingot/state/storage_list.hpp>
#include <ingot/state/tensor_data.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::native {

/// The tensors that a sparse or quantized tensor is made of, in the order in which they are
/// written: at most three.
inline std::size_t part_count(const tensor_data& tensor) noexcept {
  if (tensor.parts) return tensor.layout == layout::sparse_coo ? 2 : 3;
  return tensor.quantizer && tensor.quantizer->scales ? 2 : 0;
}

/// Throws value_error where there is no such part, or it is anything but a plain tensor.
inline const value& part_of(const tensor_data& tensor, std::size_t index) {
  const value* part = nullptr;
  if (tensor.parts) {
    const auto [first, second] = index_names(tensor.layout);
    const bool last = index + 1 == part_count(tensor);
    part = tensor.parts->find(last ? "values" : index == 0 ? first : second);
  } else {
    part = index == 0 ? tensor.quantizer->scales.get() : tensor.quantizer->zero_points.get();
  }
  if (part != nullptr && part->is_tensor() && part->tensor().layout == layout::strided &&
      !part->tensor().quantizer) {
    return *part;
  }
  throw value_error({.expected = "a strided tensor as part of a tensor",
                     .found = part == nullptr ? "none" : summary(*part)});
}

/// Writes the fields of tensors and arrays; their parts have been written before.
class tensor_writer {
 public:
  tensor_writer(std::string& out, name_table& names) : out_(out), names_(names) {}

  const storage_list& storages() const noexcept { return storages_; }

  /// Throws value_error for what is no complete tensor.
  void write(const tensor_data& tensor) {
    check(tensor);
    const std::uint64_t flags = flags_of(tensor);
    append_number(out_, flags);
    append_number(out_, names_[tensor.type]);
    append_number(out_, tensor.shape.rank());
    append_all(tensor.shape.extents());
    if (flags & flag::strides) append_all(tensor.strides);
    if (flags & flag::offset) append_number(out_, static_cast<std::uint64_t>(tensor.offset));
    if (flags & flag::device) append_number(out_, names_[to_string(tensor.device)]);
    if (flags & flag::layout) append_number(out_, names_[name(tensor.layout)]);
    if (tensor.quantizer) write_quantizer(*tensor.quantizer);
    if (tensor.layout == layout::strided) append_number(out_, storages_.add(tensor, true));
  }

 private:
  static void check(const tensor_data& tensor) {
    if (tensor.layout == layout::strided && !tensor.bytes) {
      throw value_error({.expected = "a tensor with a storage", .found = "one without"});
    }
    if (is_quantized(tensor.type) != (tensor.quantizer != nullptr)) {
      throw value_error({.expected = "a quantizer with the quantized dtypes and only with them",
                         .found = std::string(name(tensor.type))});
    }
    if (tensor.quantizer && !is_qscheme(tensor.quantizer->scheme)) {
      throw value_error(
          {.expected = "a qscheme", .found = detail::quoted(tensor.quantizer->scheme)});
    }
    const bool sparse = tensor.layout != layout::strided && tensor.layout != layout::meta;
    if (sparse != (tensor.parts != nullptr)) {
      throw value_error({.expected = "parts with the sparse layouts and only with them",
                         .found = std::string(name(tensor.layout))});
    }
    if (!sparse && tensor.strides.size() != tensor.shape.rank()) {
      throw value_error({.expected = "a stride a dimension",
                         .found = std::to_string(tensor.strides.size()) + " of " +
                                  std::to_string(tensor.shape.rank())});
    }
  }

  static std::uint64_t flags_of(const tensor_data& tensor) {
    std::uint64_t flags = 0;
    const auto set = [&](std::uint64_t bit, bool on) { flags |= on ? bit : 0; };
    set(flag::strides, !tensor.parts && !has_usual_strides(tensor));
    set(flag::offset, tensor.offset != 0);
    set(flag::device, tensor.device.index() >= 0 || tensor.device.type() != "cpu");
    set(flag::requires_grad, tensor.requires_grad);
    set(flag::parameter, tensor.is_parameter);
    set(flag::conjugate, tensor.conjugate);
    set(flag::negative, tensor.negative);
    set(flag::coalesced, tensor.coalesced);
    set(flag::layout, tensor.layout != layout::strided);
    set(flag::per_tensor, tensor.quantizer && !tensor.quantizer->scales);
    set(flag::per_channel, tensor.quantizer && tensor.quantizer->scales);
    return flags;
  }

  // Whether a reader that knows the shape alone comes to the same strides.
  static bool has_usual_strides(const tensor_data& tensor) {
    std::int64_t step = 1;
    for (std::size_t i = tensor.shape.rank(); i-- > 0;) {
      if (tensor.strides[i] != step) return false;
      const std::int64_t extent = tensor.shape[i];
      const auto next = checked_multiply(step, extent == 0 ? std::int64_t{1} : extent);
      if (!next) return false;
      step = *next;
    }
    return true;
  }

  void append_all(std::span<const std::int64_t> numbers) {
    for (const std::int64_t number : numbers) {
      if (number < 0) {
        throw value_error({.expected = "a shape and strides without negative numbers",
                           .found = std::to_string(number)});
      }
      append_number(out_, static_cast<std::uint64_t>(number));
    }
  }

  void write_quantizer(const quantizer& how) {
    append_number(out_, names_[how.scheme]);
    if (how.scales) return append_integer(out_, how.axis);
    append_float(out_, how.scale);
    append_integer(out_, how.zero_point);
  }

  std::string& out_;
  name_table& names_;
  storage_list storages_;
};

}  // namespace ingot::detail::native
