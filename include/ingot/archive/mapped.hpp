// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include <ingot/archive/contents.hpp>
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
  static bool holds(const value& leaf);

  /// A length that a header may have, and a header that begins like an object.
  static bool recognizes(std::span<const std::byte> head) noexcept;

  /// Writes a dict of tensors: elements contiguous and little-endian, the bytes those of the
  /// reference's save_file for at most one key of metadata. Memory stays at one buffer and the
  /// header. Throws value_error for what the format can't hold.
  static void write(const value& state, sink& out, const write_options& how);

  /// Reads the header, in the order of the data. Throws format_error.
  static contents read(source_ptr in, const read_options& how);

 private:
  static constexpr std::size_t most_alignment = std::size_t{1} << 21;  // a huge page
};

}  // namespace ingot

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/archive/impl/mapped.hpp>
#endif
