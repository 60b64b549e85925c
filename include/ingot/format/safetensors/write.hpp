// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/safe_hash.hpp>
#include <ingot/core/utf8.hpp>
#include <ingot/format/json/write.hpp>
#include <ingot/format/safetensors/checksums.hpp>
#include <ingot/format/safetensors/ties.hpp>
#include <ingot/format/safetensors/write_header.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/io/damage.hpp>
#include <ingot/io/sink.hpp>
#include <ingot/state/copy_elements.hpp>
#include <ingot/state/materialized_size.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::safetensors {

/// Whether the format has a place for the value.
inline bool holds(const value& leaf) {
  if (leaf.kind() != kind::tensor && leaf.kind() != kind::ndarray) return false;
  const tensor_data& tensor = leaf.tensor();
  const dtype_info& row = info(tensor.type);
  // An F4 or F6 of rank 0 would be half a byte: its shape has no extent that counts the elements.
  return tensor.layout == layout::strided && tensor.bytes && !tensor.quantizer &&
         !row.safetensors.empty() && (row.per_unit == 1 || tensor.shape.rank() != 0);
}

inline const std::string& require_text(const value& text, std::string_view what) {
  if (text.kind() == kind::string && is_utf8(text.text())) return text.text();
  throw value_error({.where = std::string(what),
                     .expected = "a str in UTF-8",
                     .found = text.kind() == kind::string ? "other bytes" : summary(text)});
}

/// The tensors of a dict, a whole state's or a part of it. Throws value_error for what the format
/// can't hold, and of a whole for elements out of proportion to what is stored.
inline std::vector<named_tensor> tensors_to_write(const value& state, bool whole = true) {
  if (!state.is_mapping()) {
    throw value_error({.where = "root",
                       .expected = "a dict from str to tensors",
                       .found = summary(state),
                       .remedy = "safetensors holds nothing else; save<ingot::binary> takes any"});
  }
  std::vector<named_tensor> result;
  result.reserve(state.size());
  std::unordered_set<std::string_view, safe_hash> names;
  names.reserve(state.size());
  materialized_sizes sizes;
  for (const auto& [key, content] : state.items()) {
    const std::string& name = require_text(key, "key");
    const auto refuse = [&](std::string expected, std::string found, std::string remedy = {}) {
      throw value_error({.where = detail::quoted(name),
                         .expected = std::move(expected),
                         .found = std::move(found),
                         .remedy = std::move(remedy)});
    };
    if (name == metadata_name) refuse("another name", "the format's own name for metadata");
    if (!names.insert(name).second) refuse("one tensor of this name", "two");
    if (content.is_mapping() || content.is_sequence()) {
      refuse("a tensor", summary(content), "save(ingot::flatten(state), path) joins the names");
    }
    if (!holds(content)) refuse("a strided tensor of a dtype of safetensors", summary(content));
    const tensor_data& tensor = content.tensor();
    result.push_back({name, &tensor, sizes.add(tensor, name), content.is_shared()});
  }
  if (whole) sizes.check();
  return result;
}

inline metadata_map metadata_to_write(const value& given) {
  metadata_map result;
  for (const auto& [key, content] : given.items()) {
    const std::string& name = require_text(key, "metadata");
    if (name == checksums_name || !result.emplace(name, require_text(content, name)).second) {
      throw value_error({.where = "metadata",
                         .expected = "each key once, and not Ingot's own",
                         .found = detail::quoted(name),
                         .remedy = "write_options{.checksums = true} writes checksums"});
    }
  }
  return result;
}

/// The JSON object from the tensors' names to their CRC-32. Reads all elements.
inline std::string checksums_of(const std::vector<named_tensor>& tensors, copy_buffer& buffer) {
  std::string text;
  for (const named_tensor& each : tensors) buffer.expect(*each.tensor);
  for (const named_tensor& each : tensors) {
    std::uint32_t crc = 0;
    copy_elements(
        *each.tensor, buffer, [&](std::span<const std::byte> piece) { crc = crc32(crc, piece); },
        each.name);
    std::string digits = hexadecimal(crc);
    digits.insert(0, 8 - digits.size(), '0');
    text.append(text.empty() ? "{" : ",");
    json::append_string(text, each.name);
    text.append(R"(:")").append(digits).append(R"(")");
  }
  return text.empty() ? "{}" : text + '}';
}

struct write_settings {
  std::uint64_t alignment = 8;
  bool checksums = false;
  bool repeat_tied = false;
  bool whole = true;  ///< whether it is all of a state
};

/// Writes a dict of tensors. Throws value_error for what the format can't hold before the first
/// byte is written, and what the sink and the sources throw.
inline void write(const value& state, sink& out, const value& given_metadata,
                  const write_settings& how) {
  std::vector<named_tensor> tensors = tensors_to_write(state, how.whole);
  metadata_map metadata = metadata_to_write(given_metadata);
  const std::size_t given = metadata.size();
  if (!how.repeat_tied) drop_ties(tensors, metadata);
  sort_for_writing(tensors, how.alignment);
  copy_buffer buffer;
  if (how.checksums) metadata.emplace(checksums_name, checksums_of(tensors, buffer));
  // Transformers takes a file without metadata, but none whose metadata lacks this key.
  if (metadata.size() != given) metadata.emplace("format", "pt");
  const std::string header = header_text(tensors, metadata, how.alignment);
  out.write(std::as_bytes(std::span(header)));
  for (const named_tensor& each : tensors) buffer.expect(*each.tensor);
  for (const named_tensor& each : tensors) {
    copy_elements(
        *each.tensor, buffer, [&](std::span<const std::byte> piece) { out.write(piece); },
        each.name);
  }
}

}  // namespace ingot::detail::safetensors
