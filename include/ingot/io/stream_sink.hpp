// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <span>
#include <string>
#include <utility>

#include <ingot/core/error.hpp>
#include <ingot/io/sink.hpp>

namespace ingot {

/// Writes to a std::ostream, from where it stands. The stream must outlive the sink; flushing and
/// closing it, and checking that, are its owner's.
class stream_sink final : public sink {
 public:
  explicit stream_sink(std::ostream& out, std::string name = "stream")
      : out_(out), name_(std::move(name)) {}

  const std::string& name() const noexcept override { return name_; }

 private:
  void do_write(std::span<const std::byte> bytes) override {
    out_.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    if (!out_) throw file_error({.file = name_, .where = "write", .found = "the stream failed"});
  }

  std::ostream& out_;
  std::string name_;
};

}  // namespace ingot
