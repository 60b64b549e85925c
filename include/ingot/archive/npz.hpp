// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include <ingot/archive/detail/npz_read.hpp>
#include <ingot/archive/detail/npz_write.hpp>
#include <ingot/format/npy/write.hpp>
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
  static bool holds(const value& leaf) { return detail::npy::holds(leaf); }

  /// A zip file whose first member is an .npy file, or which has no members.
  static bool recognizes(std::span<const std::byte> head) noexcept { return detail::is_npz(head); }

  /// Writes a dict from str to arrays and numbers, uncompressed, elements at multiples of 64 bytes;
  /// its bytes depend on the value alone. Throws value_error for what numpy can't hold, and what
  /// the sink and the sources throw.
  static void write(const value& state, sink& out, const write_options& = {}) {
    detail::write_npz(state, out);
  }

  /// Reads the headers; the dict's ndarrays, in the file's order, refer to their elements in the
  /// file. Throws format_error.
  static value read(source_ptr in, const read_options& = {}) {
    return detail::read_npz(std::move(in));
  }
};

}  // namespace ingot
