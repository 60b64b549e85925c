// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/archive/mapped.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/separate.hpp>
#include <ingot/format/safetensors/read.hpp>
#include <ingot/format/safetensors/ties.hpp>
#include <ingot/format/safetensors/write.hpp>
#include <ingot/io/endian.hpp>

namespace ingot {

INGOT_INLINE bool mapped::holds(const value& leaf) { return detail::safetensors::holds(leaf); }

INGOT_INLINE bool mapped::recognizes(std::span<const std::byte> head) noexcept {
  if (head.size() < 10) return false;
  const auto length = load_little<std::uint64_t>(head.data());
  if (length < 2 || length > detail::safetensors::longest_header) return false;
  head =
      head.subspan(8, static_cast<std::size_t>(std::min<std::uint64_t>(length, head.size() - 8)));
  constexpr std::string_view spaces = " \t\r\n";
  const auto first = std::find_if(head.begin(), head.end(), [&](std::byte each) {
    return spaces.find(static_cast<char>(each)) == std::string_view::npos;
  });
  return first == head.end() || *first == std::byte{'{'};
}

INGOT_INLINE void mapped::write(const value& state, sink& out, const write_options& how) {
  if (!std::has_single_bit(how.alignment) || how.alignment > most_alignment) {
    throw value_error({.where = "alignment",
                       .expected = "a power of two up to " + std::to_string(most_alignment),
                       .found = std::to_string(how.alignment)});
  }
  detail::safetensors::write(
      state, out, how.metadata,
      {.alignment = how.alignment, .checksums = how.checksums, .repeat_tied = how.repeat_tied});
}

INGOT_INLINE contents mapped::read(source_ptr in, const read_options& how) {
  auto described = detail::safetensors::read_header(*in);
  detail::safetensors::texts& texts = described.metadata;
  const auto checksums = detail::safetensors::take_checksums(texts, in->name());
  std::vector<value::pair> items = detail::safetensors::tensors_of(described, checksums, in);
  if (how.restore_ties) {
    detail::safetensors::restore_ties(
        items, texts, [&](std::size_t place) { return value(items[place].second.tensor()); });
  }
  std::vector<value::pair> metadata(texts.begin(), texts.end());
  return {value::make_mapping(kind::dict, std::move(items)),
          {},
          value::make_mapping(kind::dict, std::move(metadata))};
}

}  // namespace ingot
