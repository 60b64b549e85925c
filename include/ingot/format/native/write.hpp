// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/format/native/head.hpp>
#include <ingot/format/native/layout.hpp>
#include <ingot/format/native/write_tree.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/io/sink.hpp>
#include <ingot/state/copy_storage.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::native {

/// Gathers small pieces: a stream's own buffer is small, and a call for each tensor costs more than
/// the copy. Large pieces go out from where they lie.
class gathering {
 public:
  explicit gathering(sink& out) : out_(out) {}

  void write(std::span<const std::byte> bytes) {
    if (bytes.size() > capacity - used_) flush();
    if (bytes.size() >= capacity) return out_.write(bytes);
    if (!bytes.empty()) std::memcpy(buffer_.get() + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
  }

  /// Zeros up to a multiple of the alignment, of `written` bytes that went before.
  void pad(std::uint64_t written) {
    static constexpr std::array<std::byte, alignment> zeros{};
    write(std::span(zeros).first(static_cast<std::size_t>(aligned(written) - written)));
  }

  void flush() {
    out_.write({buffer_.get(), used_});
    used_ = 0;
  }

  // What file_sink writes without a copy of its own.
  static constexpr std::size_t capacity = std::size_t{256} << 10;

 private:
  sink& out_;
  std::unique_ptr<std::byte[]> buffer_ = std::make_unique_for_overwrite<std::byte[]>(capacity);
  std::size_t used_ = 0;
};

inline std::string encode_metadata(const value& texts) {
  std::string result;
  append_number(result, texts.items().size());
  for (const auto& [key, text] : texts.items()) {
    for (const value& each : {key, text}) {
      if (each.kind() != kind::string) {
        throw value_error(
            {.where = "metadata", .expected = "a dict from str to str", .found = summary(each)});
      }
      check_text(each.text());
      append_octets(result, each.text());
    }
  }
  return result;
}

inline std::string encode_sizes(const std::vector<storage_list::item>& storages) {
  std::string result;
  append_number(result, storages.size());
  for (const storage_list::item& each : storages) append_number(result, each.bytes->size());
  return result;
}

/// The structure of a record: all but the tensors' bytes.
inline std::string encode_sections(const tree_writer& state, const value& metadata) {
  std::string result;
  const auto add = [&](section id, std::string_view content) {
    append_number(result, static_cast<std::uint64_t>(id));
    append_octets(result, content);
  };
  if (metadata.size() != 0) add(section::metadata, encode_metadata(metadata));
  add(section::names, state.names().encoded());
  add(section::storages, encode_sizes(state.storages()));
  add(section::tree, state.tree());
  return result;
}

/// Writes a storage and returns its checksum: slice by slice, while the slice is in the cache.
inline std::uint32_t write_storage(const storage_list::item& from, copy_buffer& buffer,
                                   gathering& out) {
  std::uint32_t crc = 0;
  copy_storage(*from.bytes, from.type, buffer, [&](std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const auto slice = bytes.first(std::min(bytes.size(), gathering::capacity));
      crc = crc32(crc, slice);
      out.write(slice);
      bytes = bytes.subspan(slice.size());
    }
  });
  out.pad(from.bytes->size());
  return crc;
}

inline void write_end(const std::vector<std::uint32_t>& checksums, gathering& out) {
  std::vector<std::byte> end(static_cast<std::size_t>(end_size(checksums.size())));
  for (std::size_t i = 0; i < checksums.size(); ++i) store_little(&end[4 * i], checksums[i]);
  const auto covered = std::span(end).first(end.size() - 4);
  store_little(end.data() + covered.size(), crc32(0, covered));
  out.write(end);
}

/// Appends one record. Its bytes depend on the values alone. Throws value_error, before anything is
/// written, for what the format can't hold; and what the sink and the sources throw.
inline void write_record(const value& state, const value& metadata, sink& out) {
  tree_writer tree;
  tree.run(state);
  const std::string sections = encode_sections(tree, metadata);
  std::uint64_t size = head::size + aligned(sections.size());
  for (const storage_list::item& each : tree.storages()) size += aligned(each.bytes->size());
  size += end_size(tree.storages().size());

  const auto structure = std::as_bytes(std::span(sections));
  const std::array<std::byte, alignment> zeros{};
  const auto padding =
      std::span(zeros).first(static_cast<std::size_t>(aligned(sections.size()) - sections.size()));
  gathering to(out);
  to.write(encode({.structure_crc = crc32(crc32(0, structure), padding),
                   .structure_size = sections.size(),
                   .record_size = size}));
  to.write(structure);
  to.write(padding);
  copy_buffer buffer;
  for (const storage_list::item& each : tree.storages()) buffer.expect(*each.bytes);
  std::vector<std::uint32_t> checksums;
  checksums.reserve(tree.storages().size());
  for (const storage_list::item& each : tree.storages()) {
    checksums.push_back(write_storage(each, buffer, to));
  }
  write_end(checksums, to);
  to.flush();
}

}  // namespace ingot::detail::native
