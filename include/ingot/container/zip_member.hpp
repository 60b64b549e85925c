// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ingot/container/detail/inflate_source.hpp>
#include <ingot/container/zip_format.hpp>
#include <ingot/core/error.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/io/damage.hpp>
#include <ingot/io/source.hpp>
#include <ingot/io/window_source.hpp>

namespace ingot {

/// The unpacked bytes of a member. Stored: a window_source, whose base() and offset() say where the
/// bytes are in the file. Deflated: inflates as it is read, cheaply only while offsets rise;
/// reading throws format_error where the stream is damaged or isn't as long as declared.
inline source_ptr open_member(const source_ptr& file, const zip_entry& entry) {
  const std::string name = file->name() + ": " + entry.name;
  auto packed = std::make_shared<const window_source>(file, entry.offset, entry.packed_size, name);
  if (entry.method == zip_method::stored) return packed;
  return std::make_shared<const detail::inflate_source>(std::move(packed), entry.size, name);
}

/// Whether the file holds a CRC of the member. PyTorch writes 0 for none (save.compute_crc32 =
/// False, skip_data), always in stored members with a data descriptor; any other 0 is a CRC.
inline bool has_crc(const zip_entry& entry) noexcept {
  return entry.crc != 0 || entry.method != zip_method::stored ||
         (entry.flags & detail::zip_flag_descriptor) == 0;
}

/// Throws format_error where `crc`, computed over the member's unpacked bytes, isn't the file's.
inline void check_crc(const std::string& file, const zip_entry& entry, std::uint32_t crc) {
  if (!has_crc(entry) || crc == entry.crc) return;
  throw format_error(detail::damage(file, entry.name, entry.crc, crc));
}

/// Reads the member to its end and checks its CRC, in memory of a fixed size.
inline void check_member(const source_ptr& file, const zip_entry& entry) {
  const source_ptr member = open_member(file, entry);
  std::vector<std::byte> chunk(
      static_cast<std::size_t>(std::min<std::uint64_t>(member->size(), 256 * 1024)));
  std::uint32_t crc = 0;
  std::uint64_t offset = 0;
  do {  // once for an empty member too: a deflate stream must really be empty then
    chunk.resize(
        static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), member->size() - offset)));
    member->read(offset, chunk);
    crc = crc32(crc, chunk);
    offset += chunk.size();
  } while (offset < member->size());
  check_crc(file->name(), entry, crc);
}

}  // namespace ingot
