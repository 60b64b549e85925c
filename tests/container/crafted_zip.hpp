// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/io/endian.hpp>

/// A zip file put together field by field, so that any of them can lie.
namespace crafted {

using bytes = std::vector<std::byte>;

inline bytes text(std::string_view characters) {
  const auto view = std::as_bytes(std::span(characters));
  return {view.begin(), view.end()};
}

inline void append(bytes& to, const bytes& more) { to.insert(to.end(), more.begin(), more.end()); }

struct member {
  std::string name = "a/b";
  bytes packed = text("data");
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
  std::optional<std::uint32_t> size{};         // else that of `packed`
  std::optional<std::uint32_t> packed_size{};  // else that of `packed`
  std::optional<std::uint32_t> crc{};          // else that of `packed`
  std::optional<std::uint32_t> offset{};       // in the directory; else the true one
  std::optional<std::string> local_name{};     // else `name`
  std::optional<std::uint16_t> local_method{};
  std::optional<std::uint16_t> local_flags{};
  bytes extra{};  // of the directory's entry
};

struct archive {
  bytes before{};    // the first member
  bytes comment{};   // of the end record
  bytes trailing{};  // after everything
  std::optional<std::uint16_t> count{};
  std::optional<std::uint32_t> directory_size{};
  std::optional<std::uint32_t> directory_offset{};
  bytes zip64_records{};  // before the end record
};

inline bytes local(const member& it) {
  const std::string& name = it.local_name ? *it.local_name : it.name;
  bytes header;
  ingot::append_little(header, std::uint32_t{0x04034b50});
  ingot::append_little(header, std::uint16_t{20});
  ingot::append_little(header, it.local_flags.value_or(it.flags));
  ingot::append_little(header, it.local_method.value_or(it.method));
  header.resize(26);
  ingot::append_little(header, static_cast<std::uint16_t>(name.size()));
  ingot::append_little(header, std::uint16_t{0});
  append(header, text(name));
  append(header, it.packed);
  return header;
}

inline bytes central(const member& it, std::size_t start) {
  const auto packed_size = static_cast<std::uint32_t>(it.packed.size());
  const auto crc = static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(it.packed.data()), packed_size));
  bytes header;
  ingot::append_little(header, std::uint32_t{0x02014b50});
  ingot::append_little(header, std::uint16_t{20});
  ingot::append_little(header, std::uint16_t{20});
  ingot::append_little(header, it.flags);
  ingot::append_little(header, it.method);
  ingot::append_little(header, std::uint32_t{0});
  ingot::append_little(header, it.crc.value_or(crc));
  ingot::append_little(header, it.packed_size.value_or(packed_size));
  ingot::append_little(header, it.size.value_or(packed_size));
  ingot::append_little(header, static_cast<std::uint16_t>(it.name.size()));
  ingot::append_little(header, static_cast<std::uint16_t>(it.extra.size()));
  header.resize(42);
  ingot::append_little(header, it.offset.value_or(static_cast<std::uint32_t>(start)));
  append(header, text(it.name));
  append(header, it.extra);
  return header;
}

inline bytes zip(const std::vector<member>& members, const archive& whole = {}) {
  bytes file = whole.before;
  bytes directory;
  for (const member& it : members) {
    append(directory, central(it, file.size()));
    append(file, local(it));
  }
  const std::size_t start = file.size();
  append(file, directory);
  append(file, whole.zip64_records);
  const std::uint16_t count = whole.count.value_or(static_cast<std::uint16_t>(members.size()));
  ingot::append_little(file, std::uint32_t{0x06054b50});
  ingot::append_little(file, std::uint32_t{0});
  ingot::append_little(file, count);
  ingot::append_little(file, count);
  ingot::append_little(file,
                       whole.directory_size.value_or(static_cast<std::uint32_t>(directory.size())));
  ingot::append_little(file, whole.directory_offset.value_or(static_cast<std::uint32_t>(start)));
  ingot::append_little(file, static_cast<std::uint16_t>(whole.comment.size()));
  append(file, whole.comment);
  append(file, whole.trailing);
  return file;
}

/// The bytes as a raw deflate stream.
inline bytes deflate(const bytes& plain) {
  z_stream stream{};
  ::deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
  bytes packed(::deflateBound(&stream, static_cast<uLong>(plain.size())));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  ::deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  return packed;
}

/// A deflated member that tells the truth about `plain`.
inline member deflated(const bytes& plain) {
  return {.packed = deflate(plain),
          .method = 8,
          .size = static_cast<std::uint32_t>(plain.size()),
          .crc = static_cast<std::uint32_t>(::crc32(0, reinterpret_cast<const Bytef*>(plain.data()),
                                                    static_cast<uInt>(plain.size())))};
}

}  // namespace crafted
