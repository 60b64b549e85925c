// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <ingot/archive/detail/zip_contents.hpp>
#include <ingot/container/zip_member.hpp>
#include <ingot/container/zip_reader.hpp>
#include <ingot/core/error.hpp>
#include <ingot/format/torch/read.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail {

/// The records of a zip file by PyTorch, by their names below the top folder.
class torch_records {
 public:
  explicit torch_records(source_ptr file)
      : zip_(std::move(file)), folder_(top_folder(zip_)), what_(contents_of(zip_, folder_)) {}

  zip_contents what() const noexcept { return what_; }
  const std::string& file() const noexcept { return zip_.file()->name(); }

  const zip_entry* find(std::string_view record) const {
    return zip_.find(folder_ + std::string(record));
  }

  /// What stands for the star in the records "<prefix>*<suffix>", in their order.
  std::vector<std::string> names(std::string_view prefix, std::string_view suffix) const {
    std::vector<std::string> found;
    for (const zip_entry& entry : zip_.entries()) {
      const std::string_view record = std::string_view(entry.name).substr(folder_.size());
      if (record.size() < prefix.size() + suffix.size() || !record.starts_with(prefix) ||
          !record.ends_with(suffix)) {
        continue;
      }
      found.emplace_back(
          record.substr(prefix.size(), record.size() - prefix.size() - suffix.size()));
    }
    return found;
  }

  /// All bytes of a record that is held in memory as a whole: a pickle or a text. Its size is
  /// bounded by the bytes in the file.
  std::vector<std::byte> bytes(const zip_entry& entry) const {
    check_small(entry);
    const source_ptr member = open_member(zip_.file(), entry);
    std::vector<std::byte> content(static_cast<std::size_t>(member->size()));
    member->read(0, content);
    check_crc(file(), entry, crc32(0, content));
    return content;
  }

  std::string text(std::string_view record, std::string_view otherwise) const {
    const zip_entry* entry = find(record);
    if (entry == nullptr) return std::string(otherwise);
    constexpr std::uint64_t longest = 4096;
    if (entry->size > longest) {
      throw format_error({.file = file(),
                          .where = std::string(record),
                          .expected = "a record of at most 4096 bytes",
                          .found = std::to_string(entry->size)});
    }
    const auto content = bytes(*entry);
    return {reinterpret_cast<const char*>(content.data()), content.size()};
  }

  /// The bytes of a storage, not read yet.
  extent storage(const std::string& record, bool big_endian) const {
    const zip_entry* entry = find(record);
    if (entry == nullptr) {
      throw format_error({.where = "storage \"" + record.substr(record.rfind('/') + 1) + '"',
                          .expected = "the record " + folder_ + record,
                          .found = "no record of that name"});
    }
    extent result{.size = entry->size, .record = record, .big_endian = big_endian};
    if (entry->method == zip_method::stored) {
      result.from = zip_.file();
      result.offset = entry->offset;
    } else {
      result.from = open_member(zip_.file(), *entry);
    }
    if (has_crc(*entry)) result.crc = entry->crc;
    return result;
  }

 private:
  // One of which little is in the file is refused before it is unpacked.
  void check_small(const zip_entry& entry) const {
    constexpr std::uint64_t most_times = 64;
    constexpr std::uint64_t always_fine = std::uint64_t{1} << 20;
    if (entry.size <= always_fine || entry.size / most_times <= entry.packed_size) return;
    throw format_error({.file = file(),
                        .where = entry.name.substr(folder_.size(), 200),
                        .expected = "a record of at most 64 times its packed size, " +
                                    std::to_string(entry.packed_size) + " bytes",
                        .found = std::to_string(entry.size)});
  }

  zip_reader zip_;
  std::string folder_;
  zip_contents what_;
};

/// PyTorch reads versions 1 to 10 (caffe2/serialize/versions.h); what follows the digits is
/// ignored.
inline void check_version(const torch_records& records) {
  const std::string text = records.text("version", records.text(".data/version", ""));
  int version = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (code == std::errc{} && version >= 1 && version <= 10) return;
  throw format_error({.file = records.file(),
                      .where = "version",
                      .expected = "a record with a number from 1 to 10",
                      .found = text.empty() ? "none" : '"' + text.substr(0, 40) + '"'});
}

inline bool is_big_endian(const torch_records& records) {
  const std::string order = records.text("byteorder", "little");
  if (order == "little") return false;
  if (order == "big") return true;
  throw format_error({.file = records.file(),
                      .where = "byteorder",
                      .expected = "little or big",
                      .found = '"' + order.substr(0, 40) + '"'});
}

/// The value that the pickle in `record` describes, whose storages are records in `folder`.
inline value read_pickle(const torch_records& records, const std::string& record,
                         const std::string& folder, bool big_endian) {
  const zip_entry* entry = records.find(record);
  if (entry == nullptr) {
    throw format_error({.file = records.file(), .expected = "a record " + record, .found = "none"});
  }
  const auto pickle = records.bytes(*entry);
  try {
    return torch::read(pickle, entry->packed_size, [&](std::string_view key) {
      return records.storage(folder + std::string(key), big_endian);
    });
  } catch (const format_error& failure) {
    error_info facts = failure.info();
    if (facts.file.empty()) facts.file = records.file();
    facts.where = record + (facts.where.empty() ? "" : ", " + facts.where);
    throw format_error(std::move(facts));
  }
}

}  // namespace ingot::detail
