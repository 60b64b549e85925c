// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include <ingot/io/sink.hpp>
#include <ingot/io/source.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

/// Arrays by name, as numpy.savez writes them: .npz, a zip file of .npy files.
struct npz {
  static constexpr std::string_view name = "npz";
  static constexpr std::array<std::string_view, 1> suffixes{".npz"};
  static constexpr bool flat = true;

  struct write_options {};
  struct read_options {};

  /// Whether an array of the file may be this: one of a dtype that numpy has, or a number.
  static bool holds(const value& leaf);

  /// A zip file whose first member is an .npy file, or which has no members.
  static bool recognizes(std::span<const std::byte> head) noexcept;

  /// Writes a dict from str to arrays and numbers, uncompressed, elements at multiples of 64 bytes;
  /// its bytes depend on the value alone. Throws value_error for what numpy can't hold, and what
  /// the sink and the sources throw.
  static void write(const value& state, sink& out, const write_options& = {});

  /// Reads the headers; the dict's ndarrays, in the file's order, refer to their elements in the
  /// file. Throws format_error.
  static value read(source_ptr in, const read_options& = {});
};

}  // namespace ingot

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/archive/impl/npz.hpp>
#endif
