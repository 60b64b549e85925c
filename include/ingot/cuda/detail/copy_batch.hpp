// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <cuda_runtime_api.h>

#include <ingot/cuda/device.hpp>
#include <ingot/cuda/error.hpp>

// Whether many copies are one call. It is 0 for older toolkits; a program may say 0 in all of its
// files, as the way past a driver that fails there.
#ifndef INGOT_CUDA_BATCHES
#define INGOT_CUDA_BATCHES (CUDART_VERSION >= 13000)
#endif

namespace ingot::cuda::detail {

/// A copy between page-locked host memory and a device.
struct copy_job {
  int device;
  const void* tensor;  ///< the first byte of the device's memory that it is a part of
  std::byte* to;
  const std::byte* from;
  std::size_t bytes;
};

/// Adds a copy to others; one with the last of them where it goes on where that ends. It must not
/// run on into the next block of the device's memory, even where that happens to follow.
inline void add_job(std::vector<copy_job>& jobs, const copy_job& next) {
  if (!jobs.empty()) {
    copy_job& last = jobs.back();
    if (last.tensor == next.tensor && last.to + last.bytes == next.to &&
        last.from + last.bytes == next.from) {
      last.bytes += next.bytes;
      return;
    }
  }
  jobs.push_back(next);
}

#if INGOT_CUDA_BATCHES
inline void begin_batch(std::span<const copy_job> jobs, cudaStream_t stream) {
  std::vector<void*> to(jobs.size());
  std::vector<const void*> from(jobs.size());
  std::vector<std::size_t> bytes(jobs.size());
  std::ranges::transform(jobs, to.begin(), &copy_job::to);
  std::ranges::transform(jobs, from.begin(), &copy_job::from);
  std::ranges::transform(jobs, bytes.begin(), &copy_job::bytes);
  cudaMemcpyAttributes how{};
  how.srcAccessOrder = cudaMemcpySrcAccessOrderStream;
  std::size_t first = 0;
  check(cudaMemcpyBatchAsync(to.data(), from.data(), bytes.data(), jobs.size(), &how, &first, 1,
                             stream),
        "cudaMemcpyBatchAsync", jobs.front().device);
}
#endif

/// Gives a stream of the device copies of one direction, which are read when it gets there. Many of
/// them are one call where the toolkit has it. Throws device_error.
inline void begin_copies(std::span<const copy_job> jobs, cudaMemcpyKind kind, cudaStream_t stream) {
  const int device = jobs.front().device;
  const device_guard on(device);
#if INGOT_CUDA_BATCHES
  constexpr std::size_t most = 1024;  // no limit is documented; drivers failed at 50,000
  while (jobs.size() > 1) {
    const std::size_t now = std::min(jobs.size(), most);
    begin_batch(jobs.first(now), stream);
    jobs = jobs.subspan(now);
  }
#endif
  for (const copy_job& job : jobs) {
    check(cudaMemcpyAsync(job.to, job.from, job.bytes, kind, stream), "cudaMemcpyAsync", device);
  }
}

}  // namespace ingot::cuda::detail
