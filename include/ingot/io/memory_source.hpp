// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ingot/io/bounds.hpp>
#include <ingot/io/source.hpp>

namespace ingot {

/// Bytes in memory. Without an owner they must outlive the source and all that was read from it.
class memory_source final : public source {
 public:
  explicit memory_source(std::span<const std::byte> bytes, std::shared_ptr<const void> owner = {},
                         std::string name = "memory")
      : bytes_(bytes), owner_(std::move(owner)), name_(std::move(name)) {}

  const std::string& name() const noexcept override { return name_; }
  std::uint64_t size() const noexcept override { return bytes_.size(); }
  std::span<const std::byte> bytes() const noexcept override { return bytes_; }
  bool keeps_bytes() const noexcept override { return owner_ != nullptr; }

  void read(std::uint64_t offset, std::span<std::byte> into) const override {
    detail::check_range(name_, bytes_.size(), offset, into.size());
    if (!into.empty()) std::memcpy(into.data(), bytes_.data() + offset, into.size());
  }

 private:
  std::span<const std::byte> bytes_;
  std::shared_ptr<const void> owner_;
  std::string name_;
};

/// A source of bytes that the caller, or `owner`, keeps alive.
inline source_ptr from_memory(std::span<const std::byte> bytes,
                              std::shared_ptr<const void> owner = {}, std::string name = "memory") {
  return std::make_shared<memory_source>(bytes, std::move(owner), std::move(name));
}

/// A source that owns its bytes.
inline source_ptr from_memory(std::vector<std::byte>&& bytes, std::string name = "memory") {
  auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  const std::span<const std::byte> view(*owner);
  return from_memory(view, std::move(owner), std::move(name));
}

}  // namespace ingot
