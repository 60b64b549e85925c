// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include <cuda_runtime_api.h>

#include <ingot/core/device.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/memory_space.hpp>
#include <ingot/cuda/detail/device_copies.hpp>
#include <ingot/cuda/detail/download.hpp>
#include <ingot/cuda/detail/upload.hpp>
#include <ingot/cuda/device.hpp>
#include <ingot/cuda/error.hpp>
#include <ingot/cuda/transfer_scope.hpp>

namespace ingot::cuda {

namespace detail {

/// Has begin(stream) give work to the thread's stream of the device, and waits for it.
template <class Begin>
void complete(int device, const char* call, Begin begin) {
  const device_guard on(device);
  const cudaStream_t stream = transfer_scope::stream_of(device);
  check(begin(stream), call, device);
  check(cudaStreamSynchronize(stream), "cudaStreamSynchronize", device);
}

inline void copy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, int device) {
  if (bytes == 0) return;
  complete(device, "cudaMemcpyAsync",
           [&](cudaStream_t stream) { return cudaMemcpyAsync(to, from, bytes, kind, stream); });
}

inline void* allocate(const memory_space& on, std::size_t bytes) {
  if (bytes == 0) return nullptr;
  const device_guard guard(on.ordinal);
  void* block = nullptr;
  check(cudaMalloc(&block, bytes), "cudaMalloc", on.ordinal);
  return block;
}

inline void deallocate(const memory_space&, void* data, std::size_t) noexcept {
  if (data != nullptr) disregard(cudaFree(data));  // of whichever device
}

inline void copy_from_host(const memory_space& in, void* to, const void* from, std::size_t bytes) {
  copy(to, from, bytes, cudaMemcpyHostToDevice, in.ordinal);
}

inline void copy_to_host(const memory_space& in, void* to, const void* from, std::size_t bytes) {
  copy(to, from, bytes, cudaMemcpyDeviceToHost, in.ordinal);
}

inline void copy_between(const memory_space& in, void* to, const memory_space& of, const void* from,
                         std::size_t bytes) {
  device_copies one;
  one.begin(in.ordinal, to, of.ordinal, from, bytes);
  one.finish();
}

inline void zero(const memory_space& in, void* data, std::size_t bytes) {
  if (bytes == 0) return;
  complete(in.ordinal, "cudaMemsetAsync",
           [&](cudaStream_t stream) { return cudaMemsetAsync(data, 0, bytes, stream); });
}

inline constexpr int most_devices = 64;

template <int... Ordinal>
constexpr std::array<memory_space, most_devices> make_spaces(
    std::integer_sequence<int, Ordinal...>) {
  return {memory_space{"cuda", Ordinal, false, allocate, deallocate, copy_from_host, copy_to_host,
                       copy_between, zero, make_uploader, make_downloader}...};
}

inline constexpr std::array<memory_space, most_devices> spaces =
    make_spaces(std::make_integer_sequence<int, most_devices>{});

}  // namespace detail

/// The memory of a device. Nothing asks whether there is such a device before its first use.
/// Throws value_error for a number that no machine has. Copies are complete when they return.
inline const memory_space& space(int ordinal) {
  if (ordinal < 0 || ordinal >= detail::most_devices) {
    throw value_error(
        {.where = "cuda::space",
         .expected = "the number of a device, below " + std::to_string(detail::most_devices),
         .found = std::to_string(ordinal)});
  }
  return detail::spaces[static_cast<std::size_t>(ordinal)];
}

/// The memory of the first device.
inline const memory_space& space() noexcept { return detail::spaces[0]; }

/// The memory of the device that a tag names, as `device{"cuda:1"}`; "cuda" is the first one.
/// Throws value_error for a tag of something else.
inline const memory_space& space(const device& tag) {
  if (tag.type() == "cuda") return space(tag.index() < 0 ? 0 : tag.index());
  throw value_error({.where = "cuda::space",
                     .expected = "the tag of a CUDA device, as cuda:0",
                     .found = to_string(tag)});
}

/// For .map_location: what was saved from a CUDA device goes to the device of the same number, as
/// torch.load does where it isn't told otherwise; nothing is said of other tags. Throws value_error
/// where this machine has no such device.
inline const memory_space* by_tag(const device& tag) {
  if (tag.type() != "cuda") return nullptr;
  const int count = device_count();
  if (count > 0 && tag.index() < count) return &space(tag);
  throw value_error(
      {.where = "cuda::by_tag",
       .expected = "a device of this machine, which has " + std::to_string(count),
       .found = "a tensor that was saved from " + to_string(tag),
       .remedy = "write .map_location = ingot::host_space, or ingot::cuda::space(0), or a map from "
                 "tag to space"});
}

}  // namespace ingot::cuda
