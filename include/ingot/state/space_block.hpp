// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include <ingot/core/memory_space.hpp>

namespace ingot::detail {

/// A block of a space that storages share.
class space_block {
 public:
  space_block(const memory_space& space, std::size_t size)
      : space_(space), data_(space.allocate(space, size)), size_(size) {}
  space_block(const space_block&) = delete;  // owned by shared_ptr
  space_block& operator=(const space_block&) = delete;
  ~space_block() { space_.deallocate(space_, data_, size_); }

  std::byte* data() const noexcept { return static_cast<std::byte*>(data_); }
  std::span<std::byte> bytes() const noexcept { return {data(), size_}; }

 private:
  const memory_space& space_;
  void* data_;
  std::size_t size_;
};

}  // namespace ingot::detail
