// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/archive/contents.hpp>
#include <ingot/core/error.hpp>
#include <ingot/format/safetensors/read.hpp>
#include <ingot/format/safetensors/ties.hpp>
#include <ingot/format/safetensors/write.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/io/sink.hpp>
#include <ingot/io/source.hpp>
#include <ingot/state/dict.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

/// A safetensors file: a dict from str to tensors whose elements can be used where they lie in a
/// mapping ({.access = access::map}, value::as<shared_tensor<T>>). Reads what the reference
/// implementation reads, and refuses what it refuses.
struct mapped {
  static constexpr std::string_view name = "safetensors";
  static constexpr std::array<std::string_view, 1> suffixes{".safetensors"};
  static constexpr bool flat = true;

  struct write_options {
    value metadata = dict{};    ///< a dict from str to str, which load_file's users can read
    std::size_t alignment = 8;  ///< a power of two: places as many tensors as can be at multiples
    bool checksums = false;     ///< CRC-32 of each tensor in the metadata; reads all elements twice
    bool repeat_tied = false;   ///< tied tensors under each name, instead of once with a note
  };
  struct read_options {
    bool restore_ties = false;  ///< names that the metadata notes as left out are aliases
  };

  /// Strided tensors and numpy arrays of the format's 22 dtypes.
  static bool holds(const value& leaf) { return detail::safetensors::holds(leaf); }

  /// A length that a header may have, and a header that begins like an object.
  static bool recognizes(std::span<const std::byte> head) noexcept {
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

  /// Writes a dict of tensors: elements contiguous and little-endian, the bytes those of the
  /// reference's save_file for at most one key of metadata. Memory stays at one buffer and the
  /// header. Throws value_error for what the format can't hold.
  static void write(const value& state, sink& out, const write_options& how) {
    if (!std::has_single_bit(how.alignment) || how.alignment > most_alignment) {
      throw value_error({.where = "alignment",
                         .expected = "a power of two up to " + std::to_string(most_alignment),
                         .found = std::to_string(how.alignment)});
    }
    detail::safetensors::write(
        state, out, how.metadata,
        {.alignment = how.alignment, .checksums = how.checksums, .repeat_tied = how.repeat_tied});
  }

  /// Reads the header, in the order of the data. Throws format_error.
  static contents read(source_ptr in, const read_options& how) {
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

 private:
  static constexpr std::size_t most_alignment = std::size_t{1} << 21;  // a huge page
};

}  // namespace ingot
