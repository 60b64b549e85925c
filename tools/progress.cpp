// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <utility>

#include "text.hpp"

namespace ingot::tools {

namespace {
using clock = std::chrono::steady_clock;
constexpr auto patience = std::chrono::milliseconds(500);
constexpr auto interval = std::chrono::milliseconds(100);
}  // namespace

progress::progress(std::string action, std::uint64_t total)
    : action_(std::move(action)),
      total_(std::max<std::uint64_t>(total, 1)),
      next_(clock::now() + patience),
      terminal_(::isatty(STDERR_FILENO) == 1) {}

progress::~progress() {
  if (shown_) std::cerr << "\r\x1b[K" << std::flush;
}

void progress::add(std::uint64_t bytes) {
  done_ += bytes;
  if (!terminal_ || clock::now() < next_) return;
  next_ = clock::now() + interval;
  shown_ = true;
  const auto percent =
      static_cast<int>(100.0 * static_cast<double>(done_) / static_cast<double>(total_));
  std::cerr << '\r' << action_ << ' ' << std::min(percent, 100) << " % of " << human_bytes(total_)
            << "\x1b[K" << std::flush;
}

}  // namespace ingot::tools
