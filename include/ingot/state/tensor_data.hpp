// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <ingot/core/checked.hpp>
#include <ingot/core/device.hpp>
#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/memory_space.hpp>
#include <ingot/core/shape.hpp>
#include <ingot/core/tensor_view.hpp>
#include <ingot/state/storage.hpp>

namespace ingot {

class value;

/// How a tensor's elements are laid out (torch.layout). `meta`: a shape without elements.
enum class layout : std::uint8_t {
  strided,
  sparse_coo,
  sparse_csr,
  sparse_csc,
  sparse_bsr,
  sparse_bsc,
  meta
};

/// torch.<name> of a layout.
constexpr std::string_view name(layout which) noexcept {
  constexpr std::array<std::string_view, 7> names{
      "strided", "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc", "meta"};
  return names[static_cast<std::size_t>(which)];
}

/// The names of torch.qscheme.
inline constexpr std::array<std::string_view, 5> qschemes{
    "per_tensor_affine", "per_tensor_symmetric", "per_channel_affine", "per_channel_symmetric",
    "per_channel_affine_float_qparams"};

/// How the integers of a quantized tensor map to real numbers.
struct quantizer {
  std::string scheme{};  ///< one of qschemes
  double scale = 1;
  std::int64_t zero_point = 0;
  std::shared_ptr<const value> scales{};       ///< per channel: a tensor
  std::shared_ptr<const value> zero_points{};  ///< per channel: a tensor
  std::int64_t axis = 0;
};

/// A tensor in a value tree: what it looks like and which storage its elements are in. A value is
/// made only of one whose elements all lie inside of its storage.
struct tensor_data {
  storage_ptr bytes{};  ///< null: sparse or meta
  dtype type = dtype::float32;
  ingot::shape shape{};
  ingot::strides strides{};  ///< in elements, one a dimension
  std::int64_t offset = 0;   ///< of the first element in the storage, in elements
  ingot::layout layout = ingot::layout::strided;
  ingot::device device{};  ///< the tag that the file has, or the device that the elements are on
  /// Where clone() puts a file's elements, by open()'s map_location; null: nothing was said.
  const memory_space* destination = nullptr;
  bool requires_grad = false;
  bool is_parameter = false;  ///< a torch.nn.Parameter
  bool conjugate = false;     ///< the elements are the conjugates of the stored bytes
  bool negative = false;      ///< the elements are the negatives of the stored bytes
  bool coalesced = false;     ///< sparse COO: no index twice
  /// Sparse: a dict of strided tensors, "indices" and "values" (COO), "crow", "col", "values" (CSR,
  /// BSR), "ccol", "row", "values" (CSC, BSC).
  std::shared_ptr<const value> parts{};
  std::shared_ptr<const ingot::quantizer> quantizer{};  ///< null: not quantized
};

namespace detail {

inline bool is_qscheme(std::string_view text) noexcept {
  return std::find(qschemes.begin(), qschemes.end(), text) != qschemes.end();
}

/// Whether a tensor may be a part of another one, a sparse tensor's values or a quantizer's scales:
/// one that has no parts itself, so that nothing recurses on how deep a file nests them.
inline bool can_be_part(const tensor_data& tensor) noexcept {
  return tensor.layout == layout::strided && tensor.quantizer == nullptr;
}

/// The tensor whose elements a view is of, over a storage that is made of them alone.
inline tensor_data tensor_over(storage_ptr bytes, const const_tensor_view& view) {
  tensor_data made;
  made.bytes = std::move(bytes);
  made.type = view.type();
  made.shape = view.shape();
  made.strides = view.strides();
  made.device = device_of(view.space());
  return made;
}

/// The first byte of a tensor's elements in its storage and one past the last; both 0 where it has
/// no elements. Throws value_error where they don't all lie inside of the storage.
inline std::pair<std::uint64_t, std::uint64_t> bytes_in_storage(const tensor_data& tensor) {
  const auto element = static_cast<std::int64_t>(size_of(tensor.type));
  const bool complete = tensor.strides.size() == tensor.shape.rank() && tensor.offset >= 0;
  const auto span = complete && element_count(tensor.shape) ? span_of(tensor.shape, tensor.strides)
                                                            : std::nullopt;
  if (span && *span == 0) return {0, 0};
  const auto past_last = span ? checked_add(tensor.offset, *span) : std::nullopt;
  const auto end = past_last ? checked_multiply(*past_last, element) : std::nullopt;
  if (!end || static_cast<std::uint64_t>(*end) > tensor.bytes->size()) {
    throw value_error({.expected = "a shape, strides and an offset inside of a storage of " +
                                   std::to_string(tensor.bytes->size()) + " bytes",
                       .found = std::string(name(tensor.type)) + ' ' + to_string(tensor.shape) +
                                " from element " + std::to_string(tensor.offset)});
  }
  return {static_cast<std::uint64_t>(tensor.offset * element), static_cast<std::uint64_t>(*end)};
}

}  // namespace detail

}  // namespace ingot
