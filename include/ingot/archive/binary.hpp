// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <ingot/archive/contents.hpp>
#include <ingot/core/error.hpp>
#include <ingot/format/native/read.hpp>
#include <ingot/format/native/stream.hpp>
#include <ingot/format/native/write.hpp>
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

  static bool recognizes(std::span<const std::byte> head) noexcept {
    return detail::native::has_magic(head);
  }

  /// Appends one record; its bytes depend on the values alone. Tensor data stream from where they
  /// are. Throws value_error for texts that aren't UTF-8 and tensors that aren't complete, and what
  /// the sink and the sources throw.
  static void write(const value& state, sink& out, const write_options& options = {}) {
    detail::native::write_record(state, options.metadata, out);
  }

  /// Reads the structure of a record; tensors refer to their bytes in the file. Throws
  /// format_error, also for a file of several records of which the options name none; value_error
  /// where it has no such record.
  static contents read(source_ptr in, const read_options& options = {}) {
    const std::string file = in->name();
    try {
      return to_contents(read_record(std::move(in), options.record));
    } catch (const format_error& failure) {
      throw format_error(in_file(failure.info(), file));
    }
  }

  /// Reads the record that a stream stands at and leaves the stream right behind it; nothing where
  /// the stream has ended. Every byte is checked, and the tensors are in memory. Throws
  /// format_error where the stream is cut off or damaged, file_error where it can't be read.
  static std::optional<contents> next(std::istream& in) {
    try {
      auto found = detail::native::read_next(in);
      if (!found) return std::nullopt;
      return to_contents(*std::move(found));
    } catch (const format_error& failure) {
      throw format_error(in_file(failure.info(), "stream"));
    }
  }

 private:
  static contents to_contents(detail::native::record from) {
    return {std::move(from.root), std::string(name), std::move(from.metadata)};
  }

  static error_info in_file(error_info facts, const std::string& file) {
    if (facts.file.empty()) facts.file = file;
    return facts;
  }

  static detail::native::record read_record(source_ptr in, std::optional<std::size_t> number) {
    std::uint64_t offset = 0;
    for (std::size_t i = 0; i < number.value_or(0); ++i) {
      offset += detail::native::read_head(*in, offset).record_size;
      if (offset < in->size()) continue;
      throw value_error({.file = in->name(),
                         .where = "record " + std::to_string(*number),
                         .expected = "a record of this number",
                         .found = std::to_string(i + 1) + " in all"});
    }
    auto found = detail::native::record_reader(in, offset).read();
    if (!number && found.size != in->size()) {
      throw format_error({.where = "byte " + std::to_string(found.size),
                          .expected = "one record and the end of the file",
                          .found = std::to_string(in->size() - found.size) + " bytes more",
                          .remedy = "ingot::open<ingot::binary>(path, {}, {.record = 0}) opens the "
                                    "first of several; ingot::binary::next(stream) reads one "
                                    "after another"});
    }
    return found;
  }
};

}  // namespace ingot
