// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/memory_space.hpp>
#include <ingot/core/transfer.hpp>
#include <ingot/state/storage.hpp>
#include <ingot/state/tensor_data.hpp>

namespace ingot {

/// What a writer keeps between the tensors that it copies: a buffer of a fixed size, and bytes that
/// are on their way from devices. A writer that says early what it will copy, in that order, has
/// them copied while it writes, many small ones at once.
class copy_buffer {
 public:
  /// copy_storage() will be called for it.
  void expect(const storage& stored) {
    if (stored.in_memory()) {
      expect(stored.space(), stored.data(), static_cast<std::size_t>(stored.size()));
    }
  }
  /// copy_elements() will be called for it.
  void expect(const tensor_data& tensor) {
    if (!tensor.bytes || !tensor.bytes->in_memory()) return;
    if (!is_contiguous(tensor.shape, tensor.strides)) return;
    const auto [first, end] = detail::bytes_in_storage(tensor);
    expect(tensor.bytes->space(), tensor.bytes->data() + first,
           static_cast<std::size_t>(end - first));
  }

  /// Hands bytes of a space that the host can't reach to visit(span), piece by piece; a piece
  /// begins at a multiple of 64 bytes. Throws what the space throws.
  template <class Visit>
  void fetch(const memory_space& space, const std::byte* from, std::size_t size, Visit visit) {
    if (size == 0) return;
    way& which = way_from(space);
    if (which.expected.empty() || which.expected.front() != part{from, size}) {
      which.expected.clear();  // what was said turns out to be wrong
      which.bytes = make_downloader(space);
      which.bytes->request(space, from, size);
    } else {
      which.expected.pop_front();
    }
    for (std::size_t done = 0; done < size;) {
      const std::span<const std::byte> piece = which.bytes->next();
      if (piece.empty()) {
        throw value_error({.where = std::string(space.name),
                           .expected = std::to_string(size - done) + " bytes of a request more",
                           .found = "a downloader that has none"});
      }
      done += piece.size();
      visit(piece);
    }
  }

  /// Host memory for a piece.
  std::vector<std::byte>& bytes() noexcept { return bytes_; }

 private:
  struct part {
    const std::byte* from;
    std::size_t size;
    friend bool operator==(const part&, const part&) = default;
  };
  /// From one kind of space.
  struct way {
    const memory_space* space;
    std::unique_ptr<downloader> bytes{};
    std::deque<part> expected{};
  };

  void expect(const memory_space& space, const std::byte* from, std::size_t size) {
    if (space.host_accessible || size == 0) return;
    way& which = way_from(space);
    if (!which.bytes) which.bytes = make_downloader(space);
    which.bytes->request(space, from, size);
    which.expected.push_back({from, size});
  }

  way& way_from(const memory_space& space) {
    for (way& each : ways_) {
      if (each.space->make_downloader == space.make_downloader) return each;
    }
    return ways_.emplace_back(way{&space});
  }

  std::vector<std::byte> bytes_;
  std::vector<way> ways_;
};

}  // namespace ingot
