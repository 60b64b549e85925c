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

/// One array, as numpy.save writes it: .npy. What is written is numpy's file, byte for byte.
struct npy {
  static constexpr std::string_view name = "npy";
  static constexpr std::array<std::string_view, 1> suffixes{".npy"};
  static constexpr bool flat = false;

  struct write_options {};
  struct read_options {};

  /// Whether the root may be this: an array of a dtype that numpy has, or a number.
  static bool holds(const value& leaf);

  static bool recognizes(std::span<const std::byte> head) noexcept;

  /// Writes a tensor, an ndarray or a number; elements are contiguous and little-endian. Throws
  /// value_error for what numpy can't hold, and what the sink and the sources throw.
  static void write(const value& state, sink& out, const write_options& = {});

  /// Reads the header; the ndarray refers to its elements in the file. What follows them isn't
  /// looked at, as in numpy.load. Throws format_error.
  static value read(source_ptr in, const read_options& = {});
};

}  // namespace ingot

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/archive/impl/npy.hpp>
#endif
