// SPDX-License-Identifier: Apache-2.0
// A CUDA runtime without a GPU, for tests. It is stricter than a device: device memory can't be
// touched by the host, work on a stream is done only when something waits for it, and until then a
// host buffer that it will fill holds poison. Kernels can't run on it.
#pragma once

#include <cstddef>
#include <string>

#include <cuda_runtime_api.h>

namespace stand_in {

/// What a host buffer holds until the copy into it was waited for.
inline constexpr unsigned char poison = 0xdd;

/// Forgets everything. With 0 devices every call fails as it does without a driver.
void reset(int devices = 2);

/// The `nth` call from now of this function (1: the next) fails with this status.
void fail(const std::string& function, int nth, cudaError_t status);

/// Takes back what fail() planned.
void fail_no_more();

/// What a device has at most.
void set_quota(std::size_t bytes);

/// Blocks, streams and events that were not given back.
std::size_t live();

/// How many copies and other works of all streams, or of one, were not done yet.
std::size_t pending();
std::size_t pending(cudaStream_t stream);

/// The most bytes of page-locked memory that there were at once.
std::size_t most_pinned();

/// How often a function was called.
int calls(const std::string& function);

}  // namespace stand_in
