// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace ingot::detail {

/// Host memory without a value.
class scratch {
 public:
  void reserve(std::size_t size) {
    if (size <= size_) return;
    bytes_ = std::make_unique_for_overwrite<std::byte[]>(size);
    size_ = size;
  }
  std::span<std::byte> first(std::size_t size) const noexcept { return {bytes_.get(), size}; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace ingot::detail
