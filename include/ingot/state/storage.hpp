// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <ingot/core/error.hpp>
#include <ingot/core/memory_space.hpp>
#include <ingot/io/source.hpp>

namespace ingot {

/// Bytes of an open file that haven't been read yet.
struct extent {
  source_ptr from{};
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::string record{};                ///< what error messages call it, such as "data/0"
  std::optional<std::uint32_t> crc{};  ///< CRC-32 of all of it, where the file has one
  bool big_endian = false;
};

/// The bytes that one or several tensors are views of (torch.UntypedStorage): in memory, or an
/// extent of an open file. Tensors that share a storage are aliases, in memory and in a file.
class storage {
 public:
  /// Bytes in memory. They must outlive the storage, unless `owner` keeps them alive.
  storage(const std::byte* data, std::uint64_t size, const memory_space& space = host_space,
          std::shared_ptr<const void> owner = {})
      : data_(data), size_(size), space_(&space), owner_(std::move(owner)) {}

  /// Bytes in a file. Throws format_error where the source doesn't have them all.
  explicit storage(ingot::extent from) : size_(from.size), extent_(std::move(from)) {
    check_extent();
  }

  /// For a format that tells where a storage's bytes are only after the tensors: before anyone
  /// reads them. Throws format_error where the source doesn't have them all there.
  void move_to(std::uint64_t offset) {
    extent_->offset = offset;
    check_extent();
  }

  std::uint64_t size() const noexcept { return size_; }  ///< in bytes
  bool in_memory() const noexcept { return !extent_.has_value(); }

  /// Whether what lies in memory, a mapped file too, stays there as long as the storage lives.
  bool keeps_bytes() const noexcept {
    return extent_ ? extent_->from->keeps_bytes() : owner_ != nullptr;
  }

  /// Where in memory; null where it is in a file.
  const std::byte* data() const noexcept { return data_; }
  const memory_space& space() const noexcept { return *space_; }

  /// Where in a file; null where it is in memory.
  const ingot::extent* file() const noexcept { return extent_ ? &*extent_ : nullptr; }

  bool big_endian() const noexcept { return extent_ && extent_->big_endian; }

  /// Whether nothing is left to check: there is no checksum, or a reader found it right.
  bool verified() const noexcept { return !extent_ || !extent_->crc || verified_.load(); }
  void set_verified() const noexcept { verified_.store(true); }

 private:
  // Whoever allocates size() bytes relies on it.
  void check_extent() const {
    const std::uint64_t end = extent_->from->size();
    if (extent_->offset <= end && size_ <= end - extent_->offset) return;
    throw format_error(
        {.file = extent_->from->name(),
         .where = extent_->record,
         .expected = std::to_string(size_) + " bytes from byte " + std::to_string(extent_->offset),
         .found = "the end at byte " + std::to_string(end),
         .remedy = "the file is cut off or damaged"});
  }

  const std::byte* data_ = nullptr;
  std::uint64_t size_;
  const memory_space* space_ = &host_space;
  std::shared_ptr<const void> owner_;
  std::optional<ingot::extent> extent_;
  mutable std::atomic<bool> verified_ = false;  // threads share storages
};

using storage_ptr = std::shared_ptr<const storage>;

}  // namespace ingot
