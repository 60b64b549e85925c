// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <ingot/io/crc32.hpp>
#include <ingot/state/detail/scratch.hpp>
#include <ingot/state/read.hpp>
#include <ingot/state/storage.hpp>

namespace ingot::detail {

/// Reads storages in the order of their file. Small ones that lie close together are read at once:
/// a call to the system for each would cost more than the copy.
class read_ahead {
 public:
  /// Allocates what read() needs.
  void reserve() { window_.reserve(window_size); }

  /// As read_storage. `following(i)` is the i-th storage, from 0 on, that will be asked for after
  /// this one; null where there is none.
  template <class Following>
  void read(const storage& stored, std::span<std::byte> into, Following following) {
    if (!is_small(stored)) return read_storage(stored, into);
    const extent& file = *stored.file();
    if (!covers(file) && !fill(file, following)) return read_storage(stored, into);
    const auto bytes =
        window_.first(size_).subspan(static_cast<std::size_t>(file.offset - start_), into.size());
    if (!bytes.empty()) std::memcpy(into.data(), bytes.data(), bytes.size());
    if (file.crc) {
      const std::uint32_t crc = crc32(0, into);
      if (crc != *file.crc) refuse_checksum(file, crc);
    }
    stored.set_verified();
  }

 private:
  static constexpr std::size_t window_size = std::size_t{256} << 10;
  static constexpr std::uint64_t small = std::uint64_t{16} << 10;
  static constexpr std::uint64_t widest_gap = std::uint64_t{4} << 10;

  // Bytes that lie in memory anyway take no call.
  static bool is_small(const storage& stored) {
    const extent* file = stored.file();
    return file != nullptr && file->size <= small && file->from->bytes().empty();
  }

  bool covers(const extent& file) const {
    return from_ == file.from.get() && file.offset >= start_ &&
           file.offset + file.size <= start_ + size_;
  }

  /// Reads the storage and those behind it that are close; false where there are none.
  template <class Following>
  bool fill(const extent& first, Following following) {
    const std::uint64_t begin = first.offset;
    std::uint64_t end = begin + first.size;
    bool several = false;
    for (std::size_t i = 0;; ++i) {
      const storage* next = following(i);
      if (next == nullptr || !is_small(*next)) break;
      const extent& file = *next->file();
      const std::uint64_t next_end = file.offset + file.size;
      if (file.from != first.from || file.offset < begin || file.offset > end + widest_gap ||
          next_end - begin > window_size) {
        break;
      }
      several = several || next_end > end;
      end = std::max(end, next_end);
    }
    if (!several) return false;
    from_ = nullptr;  // nothing is there, should the read fail
    size_ = static_cast<std::size_t>(end - begin);
    first.from->read(begin, window_.first(size_));
    from_ = first.from.get();
    start_ = begin;
    return true;
  }

  scratch window_;
  const source* from_ = nullptr;
  std::uint64_t start_ = 0;
  std::size_t size_ = 0;
};

}  // namespace ingot::detail
