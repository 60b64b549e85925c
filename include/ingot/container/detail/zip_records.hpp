// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <ingot/container/zip_format.hpp>
#include <ingot/io/endian.hpp>

namespace ingot::detail {

/// What the writer must remember of a member until the directory is written.
struct zip_record {
  std::string name;
  std::uint64_t size = 0;
  std::uint64_t start = 0;  ///< of its local header, in the archive
  std::uint32_t crc = 0;
};

using zip_bytes = std::vector<std::byte>;

constexpr bool needs_zip64(std::uint64_t number) noexcept { return number >= zip_in_zip64; }

/// A 32-bit field for `number`: all ones where it doesn't fit.
constexpr std::uint32_t zip_field(std::uint64_t number) noexcept {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(number, zip_in_zip64));
}

inline void append_text(zip_bytes& to, const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  to.insert(to.end(), bytes.begin(), bytes.end());
}

constexpr std::uint16_t zip_flags(const zip_record& member) noexcept {
  return member.size == 0 ? zip_flag_utf8
                          : static_cast<std::uint16_t>(zip_flag_utf8 | zip_flag_descriptor);
}

/// The zip64 extra field. torch.save's local headers hold a packed size of 0 there, since nothing
/// was written yet.
inline zip_bytes zip64_extra(const zip_record& member, std::uint64_t packed_size) {
  zip_bytes numbers;
  if (needs_zip64(member.size)) {
    append_little(numbers, member.size);
    append_little(numbers, packed_size);
  }
  if (needs_zip64(member.start)) append_little(numbers, member.start);
  if (numbers.empty()) return numbers;
  zip_bytes extra;
  append_little(extra, zip64_extra_id);
  append_little(extra, static_cast<std::uint16_t>(numbers.size()));
  extra.insert(extra.end(), numbers.begin(), numbers.end());
  return extra;
}

/// The local header: CRC and sizes 0, and a padding field "FB" that ends where the payload starts,
/// at a multiple of 64 in the archive.
inline zip_bytes zip_local_header(const zip_record& member) {
  constexpr std::uint64_t alignment = 64;
  constexpr std::uint64_t field_header = 4;
  const zip_bytes zip64 = zip64_extra(member, 0);
  const std::uint64_t unpadded =
      member.start + zip_local_size + member.name.size() + zip64.size() + field_header;
  const auto padding = static_cast<std::uint16_t>((alignment - unpadded % alignment) % alignment);

  zip_bytes header;
  header.reserve(unpadded - member.start + padding);
  append_little(header, zip_local_signature);
  append_little(header, std::uint16_t{0});  // version needed
  append_little(header, zip_flags(member));
  append_little(header, zip_method::stored);
  append_little(header, std::uint32_t{0});  // time and date
  append_little(header, std::uint32_t{0});  // CRC
  append_little(header, std::uint32_t{0});  // packed size
  append_little(header, std::uint32_t{0});  // size
  append_little(header, static_cast<std::uint16_t>(member.name.size()));
  append_little(header, static_cast<std::uint16_t>(zip64.size() + field_header + padding));
  append_text(header, member.name);
  header.insert(header.end(), zip64.begin(), zip64.end());
  append_text(header, "FB");
  append_little(header, padding);
  header.insert(header.end(), padding, std::byte{'Z'});
  return header;
}

/// What follows a payload that isn't empty.
inline zip_bytes zip_descriptor(const zip_record& member) {
  zip_bytes descriptor;
  descriptor.reserve(24);
  append_little(descriptor, zip_descriptor_signature);
  append_little(descriptor, member.crc);
  for (int i = 0; i < 2; ++i) {  // packed size, size
    if (needs_zip64(member.size) || needs_zip64(member.start)) {
      append_little(descriptor, member.size);
    } else {
      append_little(descriptor, static_cast<std::uint32_t>(member.size));
    }
  }
  return descriptor;
}

/// The member's entry in the central directory.
inline zip_bytes zip_central_header(const zip_record& member) {
  const zip_bytes zip64 = zip64_extra(member, member.size);
  zip_bytes header;
  header.reserve(zip_central_size + member.name.size() + zip64.size());
  append_little(header, zip_central_signature);
  append_little(header, std::uint16_t{0});  // version made by
  append_little(header, std::uint16_t{0});  // version needed
  append_little(header, zip_flags(member));
  append_little(header, zip_method::stored);
  append_little(header, std::uint32_t{0});  // time and date
  append_little(header, member.crc);
  append_little(header, zip_field(member.size));  // packed
  append_little(header, zip_field(member.size));
  append_little(header, static_cast<std::uint16_t>(member.name.size()));
  append_little(header, static_cast<std::uint16_t>(zip64.size()));
  append_little(header, std::uint16_t{0});  // comment length
  append_little(header, std::uint16_t{0});  // disk
  append_little(header, std::uint16_t{0});  // internal attributes
  append_little(header, std::uint32_t{0});  // external attributes
  append_little(header, zip_field(member.start));
  append_text(header, member.name);
  header.insert(header.end(), zip64.begin(), zip64.end());
  return header;
}

/// The zip64 end record, its locator and the end record. torch.save writes all three always; of an
/// archive without members, which it never writes, Python knows only the last one as a beginning.
inline zip_bytes zip_end_records(std::uint64_t count, std::uint64_t directory, std::uint64_t size) {
  zip_bytes records;
  if (count == 0) {
    append_little(records, zip_end_signature);
    records.resize(zip_end_size);
    return records;
  }
  append_little(records, zip64_end_signature);
  append_little(records, std::uint64_t{zip64_end_size - 12});  // of what follows
  append_little(records, std::uint16_t{0x031e});               // made by: Unix, 3.0
  append_little(records, std::uint16_t{45});                   // needed: 4.5, zip64
  append_little(records, std::uint32_t{0});                    // this disk
  append_little(records, std::uint32_t{0});                    // the directory's disk
  append_little(records, count);                               // on this disk
  append_little(records, count);
  append_little(records, size);
  append_little(records, directory);

  append_little(records, zip64_locator_signature);
  append_little(records, std::uint32_t{0});  // the zip64 end record's disk
  append_little(records, directory + size);
  append_little(records, std::uint32_t{1});  // disks

  const auto short_count =
      static_cast<std::uint16_t>(std::min<std::uint64_t>(count, zip_in_zip64_16));
  append_little(records, zip_end_signature);
  append_little(records, std::uint16_t{0});  // this disk
  append_little(records, std::uint16_t{0});  // the directory's disk
  append_little(records, short_count);
  append_little(records, short_count);
  append_little(records, zip_field(size));
  append_little(records, zip_field(directory));
  append_little(records, std::uint16_t{0});  // comment length
  return records;
}

}  // namespace ingot::detail
