// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/checked.hpp>
#include <ingot/core/utf8.hpp>
#include <ingot/format/json/read.hpp>
#include <ingot/format/safetensors/check.hpp>
#include <ingot/format/safetensors/checksums.hpp>
#include <ingot/format/safetensors/header.hpp>
#include <ingot/format/safetensors/header_events.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/io/source.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::safetensors {

/// Bytes before the header: its length.
inline constexpr std::uint64_t length_size = 8;

/// The header's length, known to lie inside of the source. Throws format_error.
inline std::uint64_t header_length(const source& from) {
  const std::string& file = from.name();
  if (from.size() < length_size) {
    refuse(file, "header's length", "HeaderTooSmall", "8 bytes", std::to_string(from.size()));
  }
  std::array<std::byte, length_size> bytes{};
  from.read(0, bytes);
  const auto length = load_little<std::uint64_t>(bytes.data());
  if (length > longest_header) {
    refuse(file, "header's length", "HeaderTooLarge",
           "at most " + std::to_string(longest_header) + " bytes", std::to_string(length));
  }
  if (length > from.size() - length_size) {
    refuse(file, "header", "InvalidHeaderLength", std::to_string(length) + " bytes",
           std::to_string(from.size() - length_size));
  }
  return length;
}

inline header parse_header(std::string_view text, const std::string& file) {
  if (!is_utf8(text)) refuse(file, "header", "InvalidHeader", "UTF-8", "other bytes");
  header_events events(file);
  json::read(text, events, file, "header (InvalidHeaderDeserialization)");
  return std::move(events).take();
}

/// A header that was checked, and where the data begin.
struct located_header : header {
  std::uint64_t data = 0;
};

/// Reads and checks the header: the reference's ten checks, in its order. Throws format_error.
inline located_header read_header(const source& from) {
  const std::uint64_t length = header_length(from);
  std::string copy;
  std::string_view text;
  if (const auto all = from.bytes(); !all.empty()) {
    text = {reinterpret_cast<const char*>(all.data()) + length_size,
            static_cast<std::size_t>(length)};
  } else {
    copy.resize(static_cast<std::size_t>(length));
    from.read(length_size, std::as_writable_bytes(std::span(copy)));
    text = copy;
  }
  located_header result{parse_header(text, from.name()), length_size + length};
  check(result, from.size() - result.data, from.name());
  return result;
}

/// The shape in packed units. Where the last extent isn't a whole number of them, it is merged with
/// the ones before it until it is; the number of elements is known to be.
inline shape packed_shape(const shape& elements, std::int64_t per_unit) {
  std::vector<std::int64_t> extents(elements.begin(), elements.end());
  if (per_unit == 1 || extents.empty()) return elements;
  std::optional<std::int64_t> last = extents.back();
  extents.pop_back();
  // Nothing: too large for the moment. There are no elements then, and an extent of 0 will come.
  while (!last || *last % per_unit != 0) {
    const std::int64_t before = extents.back();
    extents.pop_back();
    last = before == 0 ? 0 : last ? checked_multiply(before, *last) : std::nullopt;
  }
  extents.push_back(*last / per_unit);
  return shape(std::span<const std::int64_t>(extents));
}

/// A dict of what the header describes, in the order of the data; each tensor is a storage of its
/// own, an extent of `from`.
inline std::vector<value::pair> tensors_of(located_header& described,
                                           const checksum_table& checksums,
                                           const source_ptr& from) {
  std::vector<value::pair> items;
  items.reserve(described.tensors.size());
  for (description& each : described.tensors) {
    extent place{.from = from,
                 .offset = described.data + each.begin,
                 .size = each.end - each.begin,
                 .record = each.name};
    if (const auto crc = checksums.find(each.name); crc != checksums.end()) place.crc = crc->second;
    tensor_data tensor;
    tensor.bytes = std::make_shared<const storage>(std::move(place));
    tensor.type = each.type;
    tensor.shape = packed_shape(each.shape, info(each.type).per_unit);
    tensor.strides = contiguous_strides(tensor.shape);
    items.emplace_back(std::move(each.name), std::move(tensor));
  }
  return items;
}

}  // namespace ingot::detail::safetensors
