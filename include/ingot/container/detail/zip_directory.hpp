// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ingot/container/detail/rising_reader.hpp>
#include <ingot/container/detail/zip_end.hpp>
#include <ingot/container/zip_format.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/io/source.hpp>

namespace ingot::detail {

/// The 64-bit values of an entry whose 32-bit fields are all ones, in the extra field's fixed
/// order.
inline void read_zip64_extra(const source& file, zip_entry& entry,
                             std::span<const std::byte> extra) {
  std::optional<std::span<const std::byte>> values;
  while (extra.size() >= 4) {
    const auto id = load_little<std::uint16_t>(extra.data());
    const auto size = load_little<std::uint16_t>(extra.data() + 2);
    if (size > extra.size() - 4) refuse_zip(file, entry.name, "extra fields within their bounds");
    if (id == zip64_extra_id) {
      if (values) refuse_zip(file, entry.name, "one zip64 extra field", "two");
      values = extra.subspan(4, size);
    }
    extra = extra.subspan(4 + std::size_t{size});
  }
  for (std::uint64_t* field : {&entry.size, &entry.packed_size, &entry.offset}) {
    if (*field != zip_in_zip64) continue;
    if (!values || values->size() < 8) {
      refuse_zip(file, entry.name, "a zip64 extra field with the value of a field of all ones");
    }
    *field = load_little<std::uint64_t>(values->data());
    values = values->subspan(8);
  }
}

/// What can be said of an entry without looking at its member.
inline void check_zip_entry(const source& file, const zip_entry& entry) {
  if ((entry.flags & zip_flags_refused) != 0) {
    throw format_error({.file = file.name(),
                        .where = entry.name,
                        .expected = "a plain record",
                        .found = "an encrypted or patched one"});
  }
  if (entry.name.empty() || entry.name.find('\0') != std::string::npos) {
    refuse_zip(file, "central directory", "names without zero bytes that aren't empty",
               '"' + entry.name.substr(0, entry.name.find('\0')) + '"');
  }
  const auto sizes = [&] {
    return std::to_string(entry.size) + " bytes from " + std::to_string(entry.packed_size);
  };
  if (entry.method == zip_method::stored) {
    if (entry.size != entry.packed_size) {
      refuse_zip(file, entry.name, "one size for a stored record", sizes());
    }
  } else if (entry.method != zip_method::deflated) {
    throw format_error({.file = file.name(),
                        .where = entry.name,
                        .expected = "a stored or deflated record (zip methods 0 and 8)",
                        .found = "method " + std::to_string(static_cast<unsigned>(entry.method)),
                        .remedy = "pack the archive again with one of these, as PyTorch does"});
  } else if (entry.size / deflate_max_ratio > entry.packed_size) {
    refuse_zip(file, entry.name, "at most 1032 times the packed size", sizes());
  }
}

/// One entry, `at` in a directory that ends at `end`; moves `at` to the next one. The entry's
/// offset is still that of the local header.
inline zip_entry parse_zip_entry(const source& file, rising_reader& reader, std::uint64_t& at,
                                 std::uint64_t end) {
  const auto where = [start = at] {  // only where there is an error to tell
    return "central directory, byte " + std::to_string(start);
  };
  if (end - at < zip_central_size) refuse_zip(file, where(), "46 bytes of an entry");
  const std::byte* fields = reader.read(at, zip_central_size, at).data();
  if (load_little<std::uint32_t>(fields) != zip_central_signature) {
    refuse_zip(file, where(), "an entry, PK\\1\\2");
  }
  zip_entry entry{
      .name = {},
      .method = static_cast<zip_method>(load_little<std::uint16_t>(fields + 10)),
      .flags = load_little<std::uint16_t>(fields + 8),
      .crc = load_little<std::uint32_t>(fields + 16),
      .packed_size = load_little<std::uint32_t>(fields + 20),
      .size = load_little<std::uint32_t>(fields + 24),
      .offset = load_little<std::uint32_t>(fields + 42),
  };
  const std::size_t name = load_little<std::uint16_t>(fields + 28);
  const std::size_t extra = load_little<std::uint16_t>(fields + 30);
  const std::size_t comment = load_little<std::uint16_t>(fields + 32);
  at += zip_central_size;
  if (name + extra + comment > end - at) {
    refuse_zip(file, where(), "name, extra fields and comment within the directory");
  }
  const auto texts = reader.read(at, name + extra, at);
  entry.name.assign(reinterpret_cast<const char*>(texts.data()), name);
  read_zip64_extra(file, entry, texts.subspan(name));
  check_zip_entry(file, entry);
  at += name + extra + comment;
  return entry;
}

/// The directory's entries, read piece by piece: what the end record claims is not believed before
/// the bytes were seen.
inline std::vector<zip_entry> parse_zip_directory(const source& file,
                                                  const zip_directory_range& range) {
  const std::uint64_t end = range.offset + range.size;
  rising_reader reader(file);
  std::vector<zip_entry> entries;
  for (std::uint64_t at = range.offset; at < end;) {
    entries.push_back(parse_zip_entry(file, reader, at, end));
  }
  if (entries.size() != range.count) {
    refuse_zip(file, "central directory", std::to_string(range.count) + " entries",
               std::to_string(entries.size()));
  }
  return entries;
}

/// The position of a member's payload, from its local header, of which nothing else is believed. A
/// name that differs from the directory's is how a file shows one content to a scanner and another
/// to its reader.
inline std::uint64_t zip_payload_offset(const source& file, const zip_entry& entry,
                                        std::span<const std::byte> header) {
  const std::byte* at = header.data();
  const std::size_t name = load_little<std::uint16_t>(at + 26);
  const auto method = static_cast<zip_method>(load_little<std::uint16_t>(at + 8));
  if (load_little<std::uint32_t>(at) != zip_local_signature) {
    refuse_zip(file, entry.name, "a local header at byte " + std::to_string(entry.offset));
  }
  if (name != entry.name.size() || std::memcmp(at + zip_local_size, entry.name.data(), name) != 0) {
    refuse_zip(file, entry.name, "the same name in the local header and in the directory");
  }
  if (method != entry.method || (load_little<std::uint16_t>(at + 6) & zip_flags_refused) != 0) {
    refuse_zip(file, entry.name, "the same method and flags in the local header");
  }
  return entry.offset + header.size() + load_little<std::uint16_t>(at + 28);
}

/// Sets every entry's offset to its payload's. Refuses members that overlap: in the order of
/// offsets, each one ends before the next one's header, and the last before the directory.
inline void locate_zip_payloads(const source& file, std::vector<zip_entry>& entries,
                                std::uint64_t directory) {
  std::vector<std::size_t> order(entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return entries[a].offset < entries[b].offset; });
  rising_reader reader(file);
  for (std::size_t i = 0; i < order.size(); ++i) {
    zip_entry& entry = entries[order[i]];
    const std::uint64_t limit =
        i + 1 < order.size() ? std::min(entries[order[i + 1]].offset, directory) : directory;
    const std::size_t header_size = zip_local_size + entry.name.size();
    if (entry.offset > limit || header_size > limit - entry.offset) {
      refuse_zip(file, entry.name, "a record apart from the others and from the directory");
    }
    const auto header = reader.read(entry.offset, header_size, limit);
    entry.offset = zip_payload_offset(file, entry, header);
    if (entry.offset > limit || entry.packed_size > limit - entry.offset) {
      refuse_zip(file, entry.name, "a record apart from the others and from the directory");
    }
  }
}

/// All entries of the zip file's directory, consistent with the file. Throws format_error.
inline std::vector<zip_entry> read_zip_directory(const source& file) {
  const zip_directory_range range = find_zip_directory(file);
  std::vector<zip_entry> entries = parse_zip_directory(file, range);
  if (!entries.empty()) {
    // Something before the first member: PyTorch wouldn't take the file for a zip.
    const std::vector<std::byte> first = read_bytes(file, 0, 4);
    if (load_little<std::uint32_t>(first.data()) != zip_local_signature) {
      refuse_zip(file, "byte 0", "PK\\3\\4");
    }
  }
  locate_zip_payloads(file, entries, range.offset);
  return entries;
}

}  // namespace ingot::detail
