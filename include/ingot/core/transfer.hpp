// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <span>

#include <ingot/core/memory_space.hpp>

namespace ingot {

/// The most bytes that go through an uploader or a downloader at once. A file is read in such
/// pieces, which stay in the cache while their checksum is taken.
inline constexpr std::size_t transfer_piece = std::size_t{256} << 10;

/// Bytes on their way into spaces that the host can't reach. They may be copied while the caller
/// fills the next buffer. The destructor waits for what is under way; whether that succeeded
/// is told by finish() alone.
class uploader {
 public:
  uploader() = default;
  uploader(const uploader&) = delete;  // copies that are under way have one owner
  uploader& operator=(const uploader&) = delete;
  virtual ~uploader() = default;

  /// Host memory of `size` bytes, at most transfer_piece, until the next call. Throws what the
  /// space throws.
  virtual std::span<std::byte> buffer(std::size_t size) = 0;

  /// Begins to copy all of the last buffer() to a tensor's memory, in a space of the same kind,
  /// from this byte of it on.
  virtual void send(const memory_space& space, void* tensor, std::size_t offset) = 0;

  /// Begins to copy bytes of a space that the host can't reach to a tensor's memory, after what was
  /// sent and copied before. They must stay until finish().
  virtual void copy(const memory_space& space, void* tensor, const memory_space& of,
                    const void* from, std::size_t bytes) {
    copy_bytes(space, tensor, of, from, bytes);
  }

  /// Returns when all that was sent or copied is there. Throws what the space throws, of any copy
  /// before.
  virtual void finish() = 0;
};

/// Bytes on their way from spaces that the host can't reach to the host. The next ones may be
/// copied while the caller looks at a piece. The destructor waits for what is under way.
class downloader {
 public:
  downloader() = default;
  downloader(const downloader&) = delete;  // copies that are under way have one owner
  downloader& operator=(const downloader&) = delete;
  virtual ~downloader() = default;

  /// Asks for bytes of a space of the same kind. They are copied when there is room.
  virtual void request(const memory_space& space, const void* from, std::size_t bytes) = 0;

  /// The next piece of what was asked for, at most transfer_piece and of one request, until the
  /// next call; empty where all was handed over. A piece of a request begins at a multiple of
  /// host_alignment. Throws what the space throws.
  virtual std::span<const std::byte> next() = 0;
};

namespace detail {

/// For spaces that can't do better: one copy after another.
class plain_uploader final : public uploader {
 public:
  explicit plain_uploader(std::size_t expected)
      : memory_(std::make_unique_for_overwrite<std::byte[]>(std::min(expected, transfer_piece))) {}

  std::span<std::byte> buffer(std::size_t size) override {
    size_ = size;
    return {memory_.get(), size};
  }
  void send(const memory_space& space, void* tensor, std::size_t offset) override {
    space.copy_from_host(space, static_cast<std::byte*>(tensor) + offset, memory_.get(), size_);
  }
  void finish() override {}

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::size_t size_ = 0;
};

/// For spaces that can't do better: one copy after another.
class plain_downloader final : public downloader {
 public:
  void request(const memory_space& space, const void* from, std::size_t bytes) override {
    if (bytes != 0) waiting_.push_back({&space, static_cast<const std::byte*>(from), bytes});
  }
  std::span<const std::byte> next() override {
    if (waiting_.empty()) return {};
    if (!memory_) memory_ = std::make_unique_for_overwrite<std::byte[]>(transfer_piece);
    part& first = waiting_.front();
    const std::size_t now = std::min(first.bytes, transfer_piece);
    first.space->copy_to_host(*first.space, memory_.get(), first.from, now);
    first.from += now;
    first.bytes -= now;
    if (first.bytes == 0) waiting_.pop_front();
    return {memory_.get(), now};
  }

 private:
  struct part {
    const memory_space* space;
    const std::byte* from;
    std::size_t bytes;
  };

  std::deque<part> waiting_;
  std::unique_ptr<std::byte[]> memory_;
};

}  // namespace detail

/// For copies into `space` and others of its kind, of `expected` bytes in all: each buffer()'s
/// size, rounded up to host_alignment; where they are 0, copy() alone may follow. Throws what the
/// space throws, and std::bad_alloc.
inline std::unique_ptr<uploader> make_uploader(const memory_space& space, std::size_t expected) {
  if (space.make_uploader != nullptr) return space.make_uploader(space, expected);
  return std::make_unique<detail::plain_uploader>(expected);
}

/// For copies out of `space` and others of its kind. Throws std::bad_alloc.
inline std::unique_ptr<downloader> make_downloader(const memory_space& space) {
  if (space.make_downloader != nullptr) return space.make_downloader(space);
  return std::make_unique<detail::plain_downloader>();
}

}  // namespace ingot
