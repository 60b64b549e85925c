// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/format/json/write.hpp>
#include <ingot/format/safetensors/header.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/state/tensor_data.hpp>

namespace ingot::detail::safetensors {

/// The dtypes in the order of the reference's enum, which files are written in, from the last.
inline constexpr std::array<dtype, 22> dtype_order{dtype::boolean,
                                                   dtype::float4_e2m1fn_x2,
                                                   dtype::float6_e2m3fn_x4,
                                                   dtype::float6_e3m2fn_x4,
                                                   dtype::uint8,
                                                   dtype::int8,
                                                   dtype::float8_e5m2,
                                                   dtype::float8_e4m3fn,
                                                   dtype::float8_e8m0fnu,
                                                   dtype::float8_e4m3fnuz,
                                                   dtype::float8_e5m2fnuz,
                                                   dtype::int16,
                                                   dtype::uint16,
                                                   dtype::float16,
                                                   dtype::bfloat16,
                                                   dtype::int32,
                                                   dtype::uint32,
                                                   dtype::float32,
                                                   dtype::complex64,
                                                   dtype::float64,
                                                   dtype::int64,
                                                   dtype::uint64};

static_assert(std::all_of(dtype_table.begin(), dtype_table.end(), [](const dtype_info& row) {
  return row.safetensors.empty() ==
         (std::find(dtype_order.begin(), dtype_order.end(), row.type) == dtype_order.end());
}));

constexpr std::size_t rank_of(dtype type) {
  return static_cast<std::size_t>(std::find(dtype_order.begin(), dtype_order.end(), type) -
                                  dtype_order.begin());
}

/// A tensor that is written under a name. Refers to both.
struct named_tensor {
  std::string_view name;
  const tensor_data* tensor;
  std::uint64_t size;  ///< bytes of its elements
  bool shared;         ///< whether others may refer to the same tensor_data
};

using metadata_map = std::map<std::string, std::string, std::less<>>;

/// Sorts as the reference does: by dtype, the widest first, then by name. With an alignment above 8
/// (a power of two) those come first whose sizes are multiples of it, then those of half of it, and
/// so on: each tensor then lies at a multiple of what its own size is one of.
inline void sort_for_writing(std::vector<named_tensor>& tensors, std::uint64_t alignment) {
  const auto granularity = [&](std::uint64_t size) {
    return alignment <= 8 ? 0 : std::min(std::countr_zero(size), std::countr_zero(alignment));
  };
  std::sort(tensors.begin(), tensors.end(), [&](const named_tensor& a, const named_tensor& b) {
    const int left = granularity(a.size);
    const int right = granularity(b.size);
    if (left != right) return left > right;
    const std::size_t first = rank_of(a.tensor->type);
    const std::size_t second = rank_of(b.tensor->type);
    return first != second ? first > second : a.name < b.name;
  });
}

inline void append_entry(std::string& to, const named_tensor& each, std::uint64_t begin) {
  const dtype_info& row = info(each.tensor->type);
  const shape& extents = each.tensor->shape;
  json::append_string(to, each.name);
  to.append(R"(:{"dtype":")").append(row.safetensors).append(R"(","shape":[)");
  for (std::size_t i = 0; i < extents.rank(); ++i) {
    const bool last = i + 1 == extents.rank();
    to.append(std::to_string(extents[i] * (last ? row.per_unit : 1))).append(last ? "" : ",");
  }
  to.append(R"(],"data_offsets":[)").append(std::to_string(begin));
  to.append(",").append(std::to_string(begin + each.size)).append("]}");
}

/// The length and the JSON, padded so that the data begin at a multiple of `alignment`, 8 at least:
/// for at most one key of metadata the bytes that the reference writes. Throws value_error where
/// the header would be longer than readers take.
inline std::string header_text(const std::vector<named_tensor>& tensors,
                               const metadata_map& metadata, std::uint64_t alignment) {
  std::string text(8, '\0');
  const char* separator = "{";
  if (!metadata.empty()) {
    text.append("{").append(R"("__metadata__":)");
    for (const auto& [key, content] : metadata) {
      text.append(separator);
      json::append_string(text, key);
      text.append(":");
      json::append_string(text, content);
      separator = ",";
    }
    text.append("}");
    separator = ",";
  }
  std::uint64_t offset = 0;
  for (const named_tensor& each : tensors) {
    text.append(separator);
    append_entry(text, each, offset);
    offset += each.size;
    separator = ",";
  }
  if (*separator == '{') text.append("{");
  text.append("}");
  const std::size_t unit = std::max<std::uint64_t>(alignment, 8);
  text.resize((text.size() + unit - 1) / unit * unit, ' ');
  const std::uint64_t length = text.size() - 8;
  if (length > longest_header) {
    throw value_error({.where = "header (HeaderTooLarge)",
                       .expected = "at most " + std::to_string(longest_header) + " bytes",
                       .found = std::to_string(length),
                       .remedy = "save with ingot::binary, or in several files"});
  }
  store_little(reinterpret_cast<std::byte*>(text.data()), length);
  return text;
}

}  // namespace ingot::detail::safetensors
