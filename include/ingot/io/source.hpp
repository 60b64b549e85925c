// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <ingot/core/error.hpp>

namespace ingot {

/// Bytes to read from, by position: a file, a mapping, memory. Reading changes nothing, so threads
/// may share a source.
class source {
 public:
  source() = default;
  source(const source&) = delete;  // values hold it by shared_ptr; a copy would lose its identity
  source& operator=(const source&) = delete;
  virtual ~source() = default;

  /// What error messages call it: the path, or "memory", "stream".
  virtual const std::string& name() const noexcept = 0;

  /// Number of bytes.
  virtual std::uint64_t size() const noexcept = 0;

  /// Fills all of `into` with the bytes from `offset` on. Throws format_error where they reach past
  /// the end, file_error where the system fails.
  virtual void read(std::uint64_t offset, std::span<std::byte> into) const = 0;

  /// Opens another file of the same folder, reached in the same way: a shard. Throws value_error
  /// where this is no file, file_error where the other can't be opened.
  virtual std::shared_ptr<const source> sibling(const std::string& file_name) const {
    throw value_error({.file = name(),
                       .where = file_name,
                       .expected = "a file whose folder has this one",
                       .found = "bytes that have no folder",
                       .remedy = "open the file by its path"});
  }

  /// All bytes, where they lie in memory anyway; else empty.
  virtual std::span<const std::byte> bytes() const noexcept { return {}; }

  /// Whether bytes() stay where they are as long as the source lives. Else the caller keeps them.
  virtual bool keeps_bytes() const noexcept { return false; }
};

using source_ptr = std::shared_ptr<const source>;

}  // namespace ingot
