// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <istream>
#include <optional>
#include <span>
#include <string_view>

#include <ingot/archive/contents.hpp>
#include <ingot/io/sink.hpp>
#include <ingot/io/source.hpp>
#include <ingot/state/dict.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

// Not members of binary: their defaults are needed within it.
struct binary_write_options {
  value metadata = dict{};  ///< a dict from str to str
};

struct binary_read_options {
  std::optional<std::size_t> record{};  ///< of a file of several, counted from 0; none: the only
};

/// Ingot's own stream, for pipes, sockets and logs: one record after another, each of which holds
/// any value. Written and read without a seek, checksummed, and mapped where it is a file.
struct binary {
  static constexpr std::string_view name = "ingot";
  static constexpr std::array<std::string_view, 1> suffixes{".ingot"};

  using write_options = binary_write_options;
  using read_options = binary_read_options;

  static constexpr bool flat = false;
  static bool holds(const value&) noexcept { return true; }

  static bool recognizes(std::span<const std::byte> head) noexcept;

  /// Appends one record; its bytes depend on the values alone. Tensor data stream from where they
  /// are. Throws value_error for texts that aren't UTF-8 and tensors that aren't complete, and what
  /// the sink and the sources throw.
  static void write(const value& state, sink& out, const write_options& options = {});

  /// Reads the structure of a record; tensors refer to their bytes in the file. Throws
  /// format_error, also for a file of several records of which the options name none; value_error
  /// where it has no such record.
  static contents read(source_ptr in, const read_options& options = {});

  /// Reads the record that a stream stands at and leaves the stream right behind it; nothing where
  /// the stream has ended. Every byte is checked, and the tensors are in memory. Throws
  /// format_error where the stream is cut off or damaged, file_error where it can't be read.
  static std::optional<contents> next(std::istream& in);
};

}  // namespace ingot

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/archive/impl/binary.hpp>
#endif
