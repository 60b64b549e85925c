// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include <ingot/core/error.hpp>
#include <ingot/format/native/layout.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/io/damage.hpp>
#include <ingot/io/endian.hpp>

namespace ingot::detail::native {

/// The first 64 bytes of a record.
struct head {
  static constexpr std::size_t size = 64;

  std::uint16_t major = major_version;
  std::uint16_t minor = minor_version;
  std::uint32_t structure_crc = 0;   ///< of the sections and the zeros after them
  std::uint64_t structure_size = 0;  ///< of the sections alone
  std::uint64_t record_size = 0;     ///< of all of the record
};

inline bool has_magic(std::span<const std::byte> bytes) noexcept {
  return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

inline std::array<std::byte, head::size> encode(const head& fields) noexcept {
  std::array<std::byte, head::size> bytes{};
  std::memcpy(bytes.data(), magic.data(), magic.size());
  store_little(bytes.data() + 8, fields.major);
  store_little(bytes.data() + 10, fields.minor);
  store_little(bytes.data() + 12, fields.structure_crc);
  store_little(bytes.data() + 16, fields.structure_size);
  store_little(bytes.data() + 24, fields.record_size);
  const auto covered = std::span(bytes).first(head::size - 4);
  store_little(bytes.data() + covered.size(), crc32(0, covered));
  return bytes;
}

/// Throws format_error where it isn't the head of a record that this version reads. Magic, version
/// and checksum are where they are in every version, so that damage isn't taken for news.
inline head parse_head(std::span<const std::byte, head::size> bytes) {
  const auto refuse = [](std::string where, std::string expected, std::string found,
                         std::string remedy) {
    throw format_error({.where = std::move(where),
                        .expected = std::move(expected),
                        .found = std::move(found),
                        .remedy = std::move(remedy)});
  };
  if (!has_magic(bytes)) refuse("head", "the mark of a record", "other bytes", {});
  const auto covered = bytes.first<head::size - 4>();
  const auto expected = load_little<std::uint32_t>(bytes.data() + covered.size());
  if (const std::uint32_t found = crc32(0, covered); found != expected) {
    throw format_error(damage({}, "head", expected, found));
  }
  const head fields{.major = load_little<std::uint16_t>(bytes.data() + 8),
                    .minor = load_little<std::uint16_t>(bytes.data() + 10),
                    .structure_crc = load_little<std::uint32_t>(bytes.data() + 12),
                    .structure_size = load_little<std::uint64_t>(bytes.data() + 16),
                    .record_size = load_little<std::uint64_t>(bytes.data() + 24)};
  if (fields.major != major_version) {
    refuse("version", "version " + std::to_string(major_version) + " of the format",
           "version " + std::to_string(fields.major) + '.' + std::to_string(fields.minor),
           fields.major > major_version
               ? "a newer Ingot wrote it: update this program, or convert the file with that one"
               : "no released Ingot wrote it");
  }
  const std::uint64_t structure = fields.structure_size;
  if (fields.record_size % alignment != 0 || fields.record_size < 2 * head::size ||
      structure > fields.record_size - 2 * head::size) {
    refuse("head", "sizes that fit together",
           std::to_string(structure) + " of " + std::to_string(fields.record_size) + " bytes", {});
  }
  return fields;
}

}  // namespace ingot::detail::native
