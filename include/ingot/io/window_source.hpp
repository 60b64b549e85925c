// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <ingot/io/bounds.hpp>
#include <ingot/io/source.hpp>

namespace ingot {

/// A range of another source, such as one record of an archive. base() and offset() say where its
/// bytes really are, so that a load reads them straight from the file. The base is never itself a
/// window. Throws format_error where the range reaches past the end of the base.
class window_source final : public source {
 public:
  window_source(source_ptr base, std::uint64_t offset, std::uint64_t size, std::string name)
      : base_(std::move(base)), offset_(offset), size_(size), name_(std::move(name)) {
    detail::check_range(base_->name(), base_->size(), offset_, size_);
    if (const auto* outer = dynamic_cast<const window_source*>(base_.get())) {
      offset_ += outer->offset_;
      base_ = source_ptr(outer->base_);
    }
  }

  const source_ptr& base() const noexcept { return base_; }
  std::uint64_t offset() const noexcept { return offset_; }  ///< of the first byte, in base()

  const std::string& name() const noexcept override { return name_; }
  std::uint64_t size() const noexcept override { return size_; }

  void read(std::uint64_t offset, std::span<std::byte> into) const override {
    detail::check_range(name_, size_, offset, into.size());
    base_->read(offset_ + offset, into);
  }

  std::span<const std::byte> bytes() const noexcept override {
    const std::span<const std::byte> all = base_->bytes();
    return all.empty()
               ? all
               : all.subspan(static_cast<std::size_t>(offset_), static_cast<std::size_t>(size_));
  }

  bool keeps_bytes() const noexcept override { return base_->keeps_bytes(); }

 private:
  source_ptr base_;
  std::uint64_t offset_;
  std::uint64_t size_;
  std::string name_;
};

}  // namespace ingot
