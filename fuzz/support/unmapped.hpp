// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <ingot/io/bounds.hpp>
#include <ingot/io/memory_source.hpp>

namespace fuzz {

/// Bytes that are read as a file is, by calls: a mapped one shows them all at once.
class unmapped_source final : public ingot::source {
 public:
  explicit unmapped_source(std::span<const std::byte> bytes) : bytes_(bytes) {}

  const std::string& name() const noexcept override { return bytes_.name(); }
  std::uint64_t size() const noexcept override { return bytes_.size(); }
  void read(std::uint64_t offset, std::span<std::byte> into) const override {
    bytes_.read(offset, into);
  }

 private:
  ingot::memory_source bytes_;
};

inline ingot::source_ptr unmapped(std::span<const std::byte> bytes) {
  return std::make_shared<const unmapped_source>(bytes);
}

}  // namespace fuzz
