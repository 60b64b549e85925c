// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ingot/container/zip_format.hpp>
#include <ingot/core/checked.hpp>
#include <ingot/core/error.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/io/source.hpp>

namespace ingot::detail {

/// Where the central directory is.
struct zip_directory_range {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t count = 0;  ///< of entries; at least zip_central_size bytes of size each
};

[[noreturn]] inline void refuse_zip(const source& file, std::string where, std::string expected,
                                    std::string found = {}) {
  throw format_error({.file = file.name(),
                      .where = std::move(where),
                      .expected = std::move(expected),
                      .found = std::move(found),
                      .remedy = "the zip file is cut off or damaged"});
}

inline std::vector<std::byte> read_bytes(const source& file, std::uint64_t offset,
                                         std::size_t size) {
  std::vector<std::byte> bytes(size);
  file.read(offset, bytes);
  return bytes;
}

/// A field of the end record and the zip64 field that holds its value where it is all ones: refuses
/// two that contradict each other, since readers differ in which one they believe.
template <class Field>
void require_agreement(const source& file, Field field, std::uint64_t zip64, const char* what) {
  if (field == static_cast<Field>(-1) || field == zip64) return;
  refuse_zip(file, "end of central directory",
             std::string("one ") + what + " (zip64 says " + std::to_string(zip64) + ")",
             std::to_string(field));
}

/// The position of the end record: the last one within a comment's reach of the end.
inline std::uint64_t find_zip_end(const source& file) {
  constexpr std::size_t max_comment = 0xffff;
  const auto tail_size =
      static_cast<std::size_t>(std::min<std::uint64_t>(file.size(), zip_end_size + max_comment));
  const std::vector<std::byte> tail = read_bytes(file, file.size() - tail_size, tail_size);
  for (std::size_t left = zip_end_size; left <= tail_size; ++left) {
    const std::byte* at = tail.data() + (tail_size - left);
    if (load_little<std::uint32_t>(at) != zip_end_signature) continue;
    const auto comment = load_little<std::uint16_t>(at + 20);
    if (comment > left - zip_end_size) break;
    return file.size() - left;
  }
  refuse_zip(file, "end", "the end record of a zip file in the last 64 KiB");
}

/// The zip64 end record that ends where its locator starts.
inline zip_directory_range read_zip64_end(const source& file, std::span<const std::byte> locator,
                                          std::uint64_t locator_offset) {
  const char* const where = "zip64 end of central directory";
  const auto offset = load_little<std::uint64_t>(locator.data() + 8);
  const auto disks = load_little<std::uint32_t>(locator.data() + 16);
  if (load_little<std::uint32_t>(locator.data() + 4) != 0 || disks > 1) {
    refuse_zip(file, where, "an archive in one piece");
  }
  if (locator_offset < zip64_end_size || offset > locator_offset - zip64_end_size) {
    refuse_zip(file, where, "a record before its locator", "offset " + std::to_string(offset));
  }
  const std::vector<std::byte> record = read_bytes(file, offset, zip64_end_size);
  const std::byte* at = record.data();
  if (load_little<std::uint32_t>(at) != zip64_end_signature) refuse_zip(file, where, "PK\\6\\6");
  constexpr std::uint64_t before_size = 12;  // bytes that the record's own size doesn't count
  if (load_little<std::uint64_t>(at + 4) != locator_offset - offset - before_size) {
    refuse_zip(file, where, "a record that ends at its locator");
  }
  if (load_little<std::uint64_t>(at + 16) != 0) {  // this disk, the directory's disk
    refuse_zip(file, where, "an archive in one piece");
  }
  const auto count = load_little<std::uint64_t>(at + 32);
  if (load_little<std::uint64_t>(at + 24) != count) {
    refuse_zip(file, where, "one number of entries");
  }
  const auto size = load_little<std::uint64_t>(at + 40);
  const auto start = load_little<std::uint64_t>(at + 48);
  if (checked_add(start, size) != offset) {
    refuse_zip(file, where, "a directory that ends at this record",
               std::to_string(size) + " bytes at " + std::to_string(start));
  }
  return {start, size, count};
}

/// Reads the end records and checks that they agree, with each other and with the file's size.
inline zip_directory_range find_zip_directory(const source& file) {
  const char* const where = "end of central directory";
  const std::uint64_t end = find_zip_end(file);
  const std::vector<std::byte> record = read_bytes(file, end, zip_end_size);
  const std::byte* at = record.data();
  const auto count = load_little<std::uint16_t>(at + 10);
  const auto size = load_little<std::uint32_t>(at + 12);
  const auto offset = load_little<std::uint32_t>(at + 16);
  if (load_little<std::uint32_t>(at + 4) != 0 || load_little<std::uint16_t>(at + 8) != count) {
    refuse_zip(file, where, "an archive in one piece");
  }
  zip_directory_range range{offset, size, count};
  std::vector<std::byte> locator;
  if (end >= zip64_locator_size) {
    locator = read_bytes(file, end - zip64_locator_size, zip64_locator_size);
  }
  if (!locator.empty() && load_little<std::uint32_t>(locator.data()) == zip64_locator_signature) {
    range = read_zip64_end(file, locator, end - zip64_locator_size);
    require_agreement(file, count, range.count, "number of entries");
    require_agreement(file, size, range.size, "directory size");
    require_agreement(file, offset, range.offset, "directory offset");
  } else if (range.offset + range.size != end) {
    // Also the sign of bytes before the first member, or of a zip64 record that is gone.
    refuse_zip(file, where, "a directory that ends at this record",
               std::to_string(size) + " bytes at " + std::to_string(offset));
  }
  if (range.count > range.size / zip_central_size) {
    refuse_zip(file, where, "as many entries as the directory has room for",
               std::to_string(range.count));
  }
  return range;
}

}  // namespace ingot::detail
