// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>

#include <ingot/io/sink.hpp>

namespace ingot {

/// Passes bytes on to another sink, which must outlive it, and tells how many.
class reporting_sink final : public sink {
 public:
  /// `progress` is told of each write's bytes once they are written; it may be empty.
  reporting_sink(sink& to, std::function<void(std::uint64_t)> progress)
      : to_(to), progress_(std::move(progress)) {}

  const std::string& name() const noexcept override { return to_.name(); }

 private:
  void do_write(std::span<const std::byte> bytes) override {
    to_.write(bytes);
    if (progress_) progress_(bytes.size());
  }

  sink& to_;
  std::function<void(std::uint64_t)> progress_;
};

}  // namespace ingot
