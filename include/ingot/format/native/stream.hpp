// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <istream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <ingot/core/error.hpp>
#include <ingot/format/native/head.hpp>
#include <ingot/format/native/read.hpp>
#include <ingot/io/memory_source.hpp>
#include <ingot/state/space_block.hpp>

namespace ingot::detail::native {

/// As many bytes as there are, up to all of `into`. Throws file_error.
inline std::size_t read_some(std::istream& in, std::span<std::byte> into) {
  try {
    return static_cast<std::size_t>(in.rdbuf()->sgetn(reinterpret_cast<char*>(into.data()),
                                                      static_cast<std::streamsize>(into.size())));
  } catch (const std::ios_base::failure& failure) {
    throw file_error({.file = "stream", .where = "read", .found = failure.what()});
  }
}

[[noreturn]] inline void refuse_cut_off(std::uint64_t expected, std::uint64_t found) {
  throw format_error({.where = "record",
                      .expected = std::to_string(expected) + " bytes",
                      .found = "the end after " + std::to_string(found),
                      .remedy = "the stream was cut off"});
}

/// Reads the rest of a record whose head was read. Memory grows with what really comes: the size is
/// only what the head says.
inline std::shared_ptr<const space_block> read_rest(std::istream& in,
                                                    std::span<const std::byte, head::size> start,
                                                    std::uint64_t size) {
  constexpr std::uint64_t first_size = std::uint64_t{1} << 20;
  auto block = std::make_shared<space_block>(host_space,
                                             static_cast<std::size_t>(std::min(size, first_size)));
  std::memcpy(block->bytes().data(), start.data(), start.size());
  for (std::size_t filled = start.size();;) {
    filled += read_some(in, block->bytes().subspan(filled));
    if (filled == size) return block;
    if (filled < block->bytes().size()) refuse_cut_off(size, filled);
    const auto more = static_cast<std::size_t>(std::min<std::uint64_t>(size, 2 * filled));
    auto larger = std::make_shared<space_block>(host_space, more);
    std::memcpy(larger->bytes().data(), block->bytes().data(), filled);
    block = std::move(larger);
  }
}

/// Reads the record that a stream stands at, all of it and nothing beyond, and checks every byte;
/// nothing where the stream has ended. Takes the stream's buffer directly, so its flags and
/// exception mask don't matter. Throws format_error, file_error.
inline std::optional<record> read_next(std::istream& in) {
  if (!in)
    throw file_error({.file = "stream", .where = "read", .found = "a stream that has failed"});
  std::array<std::byte, head::size> start{};
  const std::size_t got = read_some(in, start);
  if (got == 0) return std::nullopt;
  if (got < start.size()) refuse_cut_off(start.size(), got);
  const auto block = read_rest(in, start, parse_head(start).record_size);
  return record_reader(from_memory(block->bytes(), block), 0).read_checked(block);
}

}  // namespace ingot::detail::native
