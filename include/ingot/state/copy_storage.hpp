// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ingot/core/dtype.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/state/copy_buffer.hpp>
#include <ingot/state/read.hpp>
#include <ingot/state/storage.hpp>

namespace ingot {

/// Hands all bytes of a storage to `write(span)`, little-endian, piece by piece through a buffer
/// that the caller keeps between storages. Throws format_error where the file that they come from
/// is damaged, and what a memory space throws.
template <class Write>
void copy_storage(const storage& from, dtype type, copy_buffer& keeping, Write write) {
  constexpr std::size_t piece_size = std::size_t{1} << 20;  // a multiple of every swap unit
  const std::size_t unit = info(type).swap;
  const bool swaps = unit > 1 && from.big_endian();
  if (from.in_memory()) {
    const auto size = static_cast<std::size_t>(from.size());
    if (from.space().host_accessible) return write(std::span(from.data(), size));
    return keeping.fetch(from.space(), from.data(), size, write);
  }
  const extent& file = *from.file();
  std::vector<std::byte>& buffer = keeping.bytes();
  std::uint32_t crc = 0;
  for (std::uint64_t done = 0; done < from.size();) {
    buffer.resize(
        static_cast<std::size_t>(std::min<std::uint64_t>(piece_size, from.size() - done)));
    file.from->read(file.offset + done, buffer);
    if (!from.verified()) crc = crc32(crc, buffer);
    done += buffer.size();
    if (swaps) detail::swap_bytes(buffer, unit);
    write(std::span<const std::byte>(buffer));
  }
  if (from.verified() || crc == *file.crc) return from.set_verified();
  detail::refuse_checksum(file, crc);
}

}  // namespace ingot
