// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ingot/io/sink.hpp>

namespace ingot {

/// Collects what is written in memory.
class memory_sink final : public sink {
 public:
  explicit memory_sink(std::string name = "memory") : name_(std::move(name)) {}

  const std::string& name() const noexcept override { return name_; }

  /// All that was written. Valid until the next write.
  std::span<const std::byte> bytes() const noexcept { return bytes_; }

  /// Hands the bytes over; the sink is then of no more use.
  std::vector<std::byte> take() && noexcept { return std::move(bytes_); }

 private:
  void do_write(std::span<const std::byte> bytes) override {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }

  std::string name_;
  std::vector<std::byte> bytes_;
};

}  // namespace ingot
