// SPDX-License-Identifier: Apache-2.0
// What planted_test.py plants bugs in: bytes go to devices and back in every way that there is, and
// the exit status says whether all of them came, in time, and nothing is left.
#include <cstddef>
#include <cstdio>
#include <memory>
#include <vector>

#include <ingot/core/memory_space.hpp>
#include <ingot/core/transfer.hpp>
#include <ingot/cuda/allocator.hpp>
#include <ingot/cuda/error.hpp>
#include <ingot/cuda/space.hpp>
#include <ingot/cuda/transfer_scope.hpp>

#include "stand_in.hpp"

namespace {

using ingot::cuda::space;
using octets = std::vector<std::byte, ingot::pinned_allocator<std::byte>>;

constexpr std::size_t piece = ingot::transfer_piece;
constexpr std::size_t pieces = 6;

bool failed = false;

void require(bool holds, const char* what) {
  if (holds) return;
  std::puts(what);
  failed = true;
}

/// A block of a device.
class block {
 public:
  explicit block(int device)
      : space_(ingot::cuda::space(device)), data_(space_.allocate(space_, pieces * piece)) {}
  block(const block&) = delete;
  block& operator=(const block&) = delete;
  ~block() { space_.deallocate(space_, data_, pieces * piece); }
  void* data() const { return data_; }
  const ingot::memory_space& space() const { return space_; }

  octets bytes() const {
    octets result(pieces * piece);
    space_.copy_to_host(space_, result.data(), data_, result.size());
    return result;
  }

 private:
  const ingot::memory_space& space_;
  void* data_;
};

octets numbered() {
  octets result(pieces * piece);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = static_cast<std::byte>(i / piece + 1);
  return result;
}

void upload(const block& into, const octets& from, std::size_t count = pieces) {
  const ingot::memory_space& there = into.space();
  const auto way = ingot::make_uploader(there, pieces * piece);
  for (std::size_t i = 0; i < count; ++i) {
    const auto part = way->buffer(piece);
    std::copy_n(from.data() + i * piece, piece, part.data());
    way->send(there, into.data(), i * piece);
  }
  if (count != pieces) return;  // given up on the way
  way->finish();
  require(stand_in::pending() == 0, "an upload isn't complete on return");
}

/// Works that the thread's stream of a device has before it.
std::size_t pending_on(int device) {
  cudaSetDevice(device);
  const std::size_t result = stand_in::pending(cudaStreamPerThread);
  cudaSetDevice(0);
  return result;
}

/// Piece by piece, without a wait between them.
void copy(const block& into, const block& from, std::size_t count = pieces) {
  const ingot::memory_space& there = into.space();
  const auto way = ingot::make_uploader(there, 0);
  for (std::size_t i = 0; i < count; ++i) {
    way->copy(there, static_cast<std::byte*>(into.data()) + i * piece, from.space(),
              static_cast<const std::byte*>(from.data()) + i * piece, piece);
  }
  if (count != pieces) return;  // given up on the way
  way->finish();
  require(pending_on(there.ordinal) == 0, "a copy between devices isn't complete on return");
}

void fill(const block& into, int octet) {
  cudaSetDevice(into.space().ordinal);
  cudaMemsetAsync(into.data(), octet, piece, cudaStreamPerThread);
  cudaSetDevice(0);
}

/// Of copies and what else the streams are given, each comes after those before it.
void swap_round(const block& first, const block& second, const block& third) {
  const auto way = ingot::make_uploader(second.space(), 0);
  const auto go = [&](const block& into, const block& from) {
    way->copy(into.space(), into.data(), from.space(), from.data(), piece);
  };
  fill(first, 1);
  go(second, first);
  fill(first, 2);
  go(third, first);
  go(first, second);
  fill(second, 3);
  way->finish();
  require(first.bytes()[0] == std::byte{1} && second.bytes()[0] == std::byte{3} &&
              third.bytes()[0] == std::byte{2},
          "copies between devices came out of order");
}

bool a_failure_is_told(const block& into, const block& from) {
  const auto way = ingot::make_uploader(into.space(), 0);
  way->copy(into.space(), into.data(), from.space(), from.data(), piece);
  stand_in::fail("cudaStreamSynchronize", 1, cudaErrorIllegalAddress);
  try {
    way->finish();
  } catch (const ingot::cuda::device_error&) {
    return true;
  }
  return false;
}

octets download(const block& from) {
  const auto way = ingot::make_downloader(from.space());
  way->request(from.space(), from.data(), pieces * piece);
  octets result;
  while (result.size() < pieces * piece) {
    const auto part = way->next();
    result.insert(result.end(), part.begin(), part.end());
  }
  return result;
}

void run() {
  const ingot::cuda::transfer_scope few({.pinned_bytes = 2 * piece});
  const octets numbers = numbered();
  const block first(0), second(1);
  upload(first, numbers);
  require(first.bytes() == numbers, "an upload has other bytes");
  require(download(first) == numbers, "a download has other bytes");
  cudaMemsetAsync(first.data(), 7, pieces * piece, cudaStreamPerThread);
  space(1).copy_between(space(1), second.data(), space(0), first.data(), pieces * piece);
  require(second.bytes()[0] == std::byte{7}, "a copy to another device came too early");
  space(1).zero(space(1), second.data(), piece);
  require(stand_in::pending() == 0, "zeros aren't complete on return");
  copy(second, first, 3);
  require(pending_on(1) == 0, "a copy between devices goes on that was given up");
  upload(first, numbers, 3);
  upload(second, numbers);
  require(download(second) == numbers, "what comes from the second device has other bytes");
  const block third(1);
  fill(second, 9);
  copy(third, second);
  copy(first, third);
  require(first.bytes()[0] == std::byte{9}, "copies between devices came too early");
  swap_round(first, second, third);
  require(a_failure_is_told(third, first), "a copy between devices failed and nothing was said");
  ingot::cuda_stream_allocator<int> in_order(cudaStreamPerThread, space(1));
  in_order.deallocate(in_order.allocate(8), 8);
}

}  // namespace

int main() {
  stand_in::reset();
  run();
  ingot::cuda::release_pinned_memory();
  require(stand_in::live() == 0, "something was not given back");
  return failed ? 1 : 0;
}
