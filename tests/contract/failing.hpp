// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <ingot/core/error.hpp>
#include <ingot/io/sink.hpp>
#include <ingot/io/source.hpp>
#include <ingot/state/tensor_data.hpp>

namespace contract {

/// A disk that is full after `most` bytes.
class failing_sink final : public ingot::sink {
 public:
  explicit failing_sink(std::uint64_t most) : most_(most) {}

  const std::string& name() const noexcept override { return name_; }

  int writes_after_failure() const noexcept { return after_; }

 private:
  void do_write(std::span<const std::byte> bytes) override {
    if (failed_) ++after_;
    failed_ = failed_ || position() + bytes.size() > most_;
    if (failed_) throw ingot::file_error({.file = name_, .where = "write", .found = "no space"});
  }

  std::uint64_t most_;
  bool failed_ = false;
  int after_ = 0;
  std::string name_ = "disk";
};

/// Counts the bytes that are read of another source.
class counting_source final : public ingot::source {
 public:
  explicit counting_source(ingot::source_ptr from) : from_(std::move(from)) {}

  const std::string& name() const noexcept override { return from_->name(); }
  std::uint64_t size() const noexcept override { return from_->size(); }
  void read(std::uint64_t offset, std::span<std::byte> into) const override {
    from_->read(offset, into);
    read_ += into.size();
  }

  /// How many since the last call.
  std::uint64_t take_count() const noexcept { return std::exchange(read_, 0); }

 private:
  ingot::source_ptr from_;
  mutable std::uint64_t read_ = 0;
};

/// A tensor of 4 MiB in a file on a disk that fails.
inline ingot::tensor_data unreadable_tensor() {
  class broken final : public ingot::source {
   public:
    const std::string& name() const noexcept override { return name_; }
    std::uint64_t size() const noexcept override { return std::uint64_t{4} << 20; }
    void read(std::uint64_t, std::span<std::byte>) const override {
      throw ingot::file_error({.file = name_, .where = "read", .found = "an I/O error"});
    }

   private:
    std::string name_ = "broken disk";
  };
  ingot::tensor_data result;
  result.bytes = std::make_shared<const ingot::storage>(
      ingot::extent{.from = std::make_shared<broken>(), .size = std::uint64_t{4} << 20});
  result.type = ingot::dtype::uint8;
  result.shape = {4 << 20};
  result.strides = {1};
  return result;
}

}  // namespace contract
