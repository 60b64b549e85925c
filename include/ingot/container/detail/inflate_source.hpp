// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <string>
#include <utility>

#include <ingot/core/error.hpp>
#include <ingot/io/bounds.hpp>
#include <ingot/io/source.hpp>

namespace ingot::detail {

/// A raw deflate stream on its way from its beginning to its end.
class inflation {
 public:
  inflation(const source& packed, std::uint64_t size, const std::string& name)
      : packed_(packed), size_(size), name_(name) {
    constexpr int raw_deflate = -15;
    if (::inflateInit2(&stream_, raw_deflate) != Z_OK) throw std::bad_alloc();
  }
  inflation(const inflation&) = delete;  // zlib refers to stream_
  inflation& operator=(const inflation&) = delete;
  ~inflation() { ::inflateEnd(&stream_); }

  /// Bytes that have come out.
  std::uint64_t position() const noexcept { return unpacked_; }

  /// Fills `into` with the next ones.
  void unpack(std::span<std::byte> into) {
    while (!into.empty()) {
      const std::size_t got = inflate_some(into);
      if (got == 0) refuse("fewer bytes than its size, " + std::to_string(size_));
      unpacked_ += got;
      into = into.subspan(got);
    }
  }

  void skip_to(std::uint64_t offset) {
    std::array<std::byte, 16 * 1024> skipped;
    while (unpacked_ < offset) {
      unpack(std::span(skipped).first(
          static_cast<std::size_t>(std::min<std::uint64_t>(skipped.size(), offset - unpacked_))));
    }
  }

  void require_end() {
    std::array<std::byte, 1> beyond;
    if (inflate_some(beyond) != 0) refuse("more bytes than its size, " + std::to_string(size_));
    if (stream_.avail_in != 0 || fed_ != packed_.size()) refuse("bytes after the deflate stream");
  }

 private:
  // At least one byte of `into`, or 0 at the end of the stream.
  std::size_t inflate_some(std::span<std::byte> into) {
    const auto room = static_cast<uInt>(std::min<std::size_t>(into.size(), 1u << 30));
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = room;
    while (stream_.avail_out == room && !ended_) {
      if (stream_.avail_in == 0) feed();
      // Even where nothing is left to feed: of what zlib took it may owe bytes.
      const int code = ::inflate(&stream_, Z_NO_FLUSH);
      if (code == Z_MEM_ERROR) throw std::bad_alloc();
      if (code == Z_BUF_ERROR) refuse("a deflate stream that is cut off");
      if (code != Z_OK && code != Z_STREAM_END) refuse("a damaged deflate stream");
      ended_ = code == Z_STREAM_END;
    }
    return room - stream_.avail_out;
  }

  void feed() {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(input_.size(), packed_.size() - fed_));
    packed_.read(fed_, std::span(input_).first(count));
    fed_ += count;
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(count);
  }

  [[noreturn]] void refuse(std::string found) const {
    throw format_error({.file = name_,
                        .where = "byte " + std::to_string(unpacked_) + " of the unpacked record",
                        .found = std::move(found),
                        .remedy = "the record is damaged"});
  }

  const source& packed_;
  std::uint64_t size_;
  const std::string& name_;
  z_stream stream_{};
  std::array<std::byte, 16 * 1024> input_;
  std::uint64_t fed_ = 0;       // packed bytes given to zlib
  std::uint64_t unpacked_ = 0;  // bytes that came out
  bool ended_ = false;
};

/// The bytes of a raw deflate stream, which must unpack to `size` bytes and end there with the
/// packed ones: reading the last byte proves it. Remembers how far it got; reading before that
/// starts over. One that isn't being read holds no memory: a file may have 100,000.
class inflate_source final : public source {
 public:
  inflate_source(source_ptr packed, std::uint64_t size, std::string name)
      : packed_(std::move(packed)), size_(size), name_(std::move(name)) {}

  const std::string& name() const noexcept override { return name_; }
  std::uint64_t size() const noexcept override { return size_; }

  void read(std::uint64_t offset, std::span<std::byte> into) const override {
    check_range(name_, size_, offset, into.size());
    if (into.empty() && size_ != 0) return;
    const std::lock_guard lock(mutex_);  // one stream, many readers
    if (!running_ || offset < running_->position()) {
      running_ = std::make_unique<inflation>(*packed_, size_, name_);
    }
    running_->skip_to(offset);
    running_->unpack(into);
    if (running_->position() < size_) return;
    const std::unique_ptr<inflation> done = std::move(running_);
    done->require_end();
  }

 private:
  source_ptr packed_;
  std::uint64_t size_;
  std::string name_;
  mutable std::mutex mutex_;
  mutable std::unique_ptr<inflation> running_;  // null: at the beginning
};

}  // namespace ingot::detail
