// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ingot/core/checked.hpp>
#include <ingot/core/error.hpp>
#include <ingot/format/native/head.hpp>
#include <ingot/format/native/layout.hpp>
#include <ingot/format/native/read_tree.hpp>
#include <ingot/format/native/sections.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/io/damage.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/io/source.hpp>
#include <ingot/state/storage.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::native {

/// What one record holds.
struct record {
  value root;
  value metadata;
  std::uint64_t size;  ///< of all of it, in bytes
};

/// The head of the record that starts at `offset`, all of which the source must have.
inline head read_head(const source& from, std::uint64_t offset) {
  const std::uint64_t left = from.size() - std::min(offset, from.size());
  std::array<std::byte, head::size> bytes{};
  if (left < bytes.size()) {
    throw format_error({.where = "head",
                        .expected = std::to_string(bytes.size()) + " bytes",
                        .found = std::to_string(left),
                        .remedy = "the file is cut off"});
  }
  from.read(offset, bytes);
  const head found = parse_head(bytes);
  if (found.record_size > left) {
    throw format_error({.where = "head",
                        .expected = "a record of " + std::to_string(found.record_size) + " bytes",
                        .found = "the end after " + std::to_string(left),
                        .remedy = "the file is cut off"});
  }
  return found;
}

/// Reads records by position: structure and checksums; a tensor's bytes stay where they are.
class record_reader {
 public:
  record_reader(source_ptr from, std::uint64_t offset)
      : from_(std::move(from)), start_(offset), head_(read_head(*from_, offset)) {}

  /// Tensors become extents of the source, whose checksums are checked when they are read.
  record read() {
    return read_with([this](std::size_t number, std::uint64_t offset, std::uint64_t size) {
      return std::make_shared<const storage>(extent{.from = from_,
                                                    .offset = offset,
                                                    .size = size,
                                                    .record = "storage " + std::to_string(number),
                                                    .crc = checksums_[number]});
    });
  }

  /// Of a source in memory, which `owner` keeps: checks every byte now; tensors then are in memory.
  record read_checked(std::shared_ptr<const void> owner) {
    const std::span<const std::byte> all = from_->bytes();
    return read_with([&](std::size_t number, std::uint64_t offset, std::uint64_t size) {
      const auto place = static_cast<std::size_t>(offset);
      const auto bytes = all.subspan(place, static_cast<std::size_t>(size));
      check("storage " + std::to_string(number), bytes, checksums_[number]);
      const auto padding =
          all.subspan(place + bytes.size(), static_cast<std::size_t>(aligned(size) - size));
      if (std::ranges::any_of(padding, [](std::byte each) { return each != std::byte{}; })) {
        refuse("storage " + std::to_string(number), "zeros after it", "other bytes");
      }
      return std::make_shared<const storage>(bytes.data(), size, host_space, owner);
    });
  }

 private:
  static void check(std::string where, std::span<const std::byte> bytes, std::uint32_t expected) {
    const std::uint32_t found = crc32(0, bytes);
    if (found != expected) throw format_error(damage({}, std::move(where), expected, found));
  }

  [[noreturn]] static void refuse(std::string where, std::string expected, std::string found) {
    throw format_error({.where = std::move(where),
                        .expected = std::move(expected),
                        .found = std::move(found),
                        .remedy = "the file is damaged"});
  }

  template <class MakeStorage>
  record read_with(MakeStorage make_storage) {
    std::vector<std::byte> buffer;
    const auto structure = view(start_ + head::size, aligned(head_.structure_size), buffer);
    check("structure", structure, head_.structure_crc);
    const sections parts =
        parse_sections(structure.first(static_cast<std::size_t>(head_.structure_size)));
    const std::uint64_t first = head::size + structure.size();
    read_end(parts.sizes, first);
    references known{.names = parts.names, .storages = {}};
    known.storages.reserve(parts.sizes.size());
    std::uint64_t offset = start_ + first;
    for (const std::uint64_t size : parts.sizes) {
      known.storages.push_back(make_storage(known.storages.size(), offset, size));
      offset += aligned(size);
    }
    return {tree_reader(parts.tree, known).run(), parts.metadata, head_.record_size};
  }

  // Checks that the storages and the end, which are where the sizes say, fill the record.
  void read_end(const std::vector<std::uint64_t>& sizes, std::uint64_t first) {
    const std::uint64_t end = end_size(sizes.size());
    std::uint64_t left = head_.record_size - first;  // each size is at most that, so none overflows
    for (const std::uint64_t size : sizes) {
      if (size > left || aligned(size) > left)
        refuse("storages", "ones that fit in", "larger ones");
      left -= aligned(size);
    }
    if (left != end) {
      refuse("storages", "an end of " + std::to_string(end) + " bytes after them",
             std::to_string(left) + " bytes");
    }
    std::vector<std::byte> buffer;
    const auto bytes = view(start_ + head_.record_size - end, end, buffer);
    const auto covered = bytes.first(bytes.size() - 4);
    check("end", covered, load_little<std::uint32_t>(bytes.data() + covered.size()));
    checksums_.reserve(sizes.size());
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      checksums_.push_back(load_little<std::uint32_t>(bytes.data() + 4 * i));
    }
  }

  // Where they lie, or read into the buffer.
  std::span<const std::byte> view(std::uint64_t offset, std::uint64_t size,
                                  std::vector<std::byte>& buffer) const {
    const auto all = from_->bytes();
    const auto length = static_cast<std::size_t>(size);
    if (!all.empty()) return all.subspan(static_cast<std::size_t>(offset), length);
    buffer.resize(length);
    from_->read(offset, buffer);
    return buffer;
  }

  source_ptr from_;
  std::uint64_t start_;
  head head_;
  std::vector<std::uint32_t> checksums_;
};

}  // namespace ingot::detail::native
