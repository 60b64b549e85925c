// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <cuda_runtime_api.h>

struct CUstream_st {
  struct work {
    std::uint64_t number;  // counts over all streams
    std::function<void()> run;
    const void* host;  // page-locked memory that it needs
  };
  int device = 0;
  bool blocking = true;  // ordered against the legacy default stream
  bool legacy = false;
  std::deque<work> pending;
};

struct CUevent_st {
  int device = 0;
  CUstream_st* stream = nullptr;  // where it was recorded
  std::uint64_t number = 0;       // the work up to here
};

namespace stand_in {

enum class memory { device, pinned, registered, managed };

struct block {
  std::size_t size = 0;
  memory kind = memory::device;
  int device = 0;
  std::vector<std::byte> shadow{};  // a device's bytes; its addresses belong to no memory
};

struct failure {
  int after = 0;
  cudaError_t status = cudaSuccess;
};

struct machine {
  std::recursive_mutex mutex;
  int devices = 2;
  std::size_t quota = std::size_t{1} << 30;
  std::map<std::uintptr_t, block> blocks;
  std::set<std::unique_ptr<CUstream_st>> streams;
  std::set<std::unique_ptr<CUevent_st>> events;
  std::map<int, CUstream_st> legacy;  // by device
  std::vector<std::unique_ptr<CUstream_st>> per_thread;
  std::map<std::string, failure> failures;
  std::map<std::string, int> calls;
  std::uint64_t number = 0;
  std::size_t pinned = 0;
  std::size_t most_pinned = 0;
  std::byte* next_address = nullptr;

  /// Does a stream's work up to a number, after what it has to wait for.
  void drain(CUstream_st& stream, std::uint64_t up_to);
  void drain_all();
  CUstream_st& stream_of(cudaStream_t handle);
  void enqueue(CUstream_st& stream, std::function<void()> run, const void* host = nullptr);
  /// Ends the program where work that isn't done needs page-locked memory that goes.
  void require_unused(std::uintptr_t first, const block& goes) const;

  /// The block that holds an address, or null.
  block* find(const void* address, std::uintptr_t& first);
  std::size_t used_on(int device) const;
  /// Addresses that belong to no memory. Blocks follow one another, as they may on a device.
  void* device_addresses(std::size_t size);
  cudaError_t give_back(void* address, bool host);
};

machine& the_machine();

/// Every function of the runtime begins with it: counts, injected failures, no devices.
cudaError_t begin(const char* function);

/// What a function returns; cudaGetLastError tells it again.
cudaError_t ended(cudaError_t status);

/// Ends the program, with a message, where it does what no program should.
void require(bool holds, const char* otherwise);

int& current_device();
cudaError_t& last_error();

}  // namespace stand_in
