// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace ingot::tools {

/// Tells on a terminal how far long work has come; elsewhere, and for short work, nothing.
class progress {
 public:
  /// `total` is in bytes.
  progress(std::string action, std::uint64_t total);
  progress(const progress&) = delete;  // it owns a line of the terminal
  progress& operator=(const progress&) = delete;
  ~progress();

  void add(std::uint64_t bytes);

 private:
  std::string action_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  std::chrono::steady_clock::time_point next_;
  bool terminal_;
  bool shown_ = false;
};

}  // namespace ingot::tools
