// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <ingot/archive/binary.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/separate.hpp>
#include <ingot/format/native/read.hpp>
#include <ingot/format/native/stream.hpp>
#include <ingot/format/native/write.hpp>

namespace ingot {

namespace detail {

inline contents binary_contents(native::record from) {
  return {std::move(from.root), std::string(binary::name), std::move(from.metadata)};
}

inline error_info in_file(error_info facts, const std::string& file) {
  if (facts.file.empty()) facts.file = file;
  return facts;
}

inline native::record read_binary_record(source_ptr in, std::optional<std::size_t> number) {
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < number.value_or(0); ++i) {
    offset += native::read_head(*in, offset).record_size;
    if (offset < in->size()) continue;
    throw value_error({.file = in->name(),
                       .where = "record " + std::to_string(*number),
                       .expected = "a record of this number",
                       .found = std::to_string(i + 1) + " in all"});
  }
  auto found = native::record_reader(in, offset).read();
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

}  // namespace detail

INGOT_INLINE bool binary::recognizes(std::span<const std::byte> head) noexcept {
  return detail::native::has_magic(head);
}

INGOT_INLINE void binary::write(const value& state, sink& out, const write_options& options) {
  detail::native::write_record(state, options.metadata, out);
}

INGOT_INLINE contents binary::read(source_ptr in, const read_options& options) {
  const std::string file = in->name();
  try {
    return detail::binary_contents(detail::read_binary_record(std::move(in), options.record));
  } catch (const format_error& failure) {
    throw format_error(detail::in_file(failure.info(), file));
  }
}

INGOT_INLINE std::optional<contents> binary::next(std::istream& in) {
  try {
    auto found = detail::native::read_next(in);
    if (!found) return std::nullopt;
    return detail::binary_contents(*std::move(found));
  } catch (const format_error& failure) {
    throw format_error(detail::in_file(failure.info(), "stream"));
  }
}

}  // namespace ingot
