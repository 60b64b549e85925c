// SPDX-License-Identifier: Apache-2.0
#include "state.hpp"

#include <cstdio>
#include <cstdlib>
#include <limits>
#include <utility>

#include <sys/mman.h>

#include "stand_in.hpp"

namespace stand_in {

machine& the_machine() {
  static machine made;
  return made;
}

void require(bool holds, const char* otherwise) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", otherwise);
  std::abort();
}

int& current_device() {
  thread_local int device = 0;
  return device;
}

cudaError_t& last_error() {
  thread_local cudaError_t status = cudaSuccess;
  return status;
}

cudaError_t ended(cudaError_t status) {
  if (status != cudaSuccess) last_error() = status;
  return status;
}

cudaError_t begin(const char* function) {
  machine& all = the_machine();
  const std::lock_guard lock(all.mutex);
  ++all.calls[function];
  const auto planned = all.failures.find(function);
  if (planned != all.failures.end() && --planned->second.after == 0) {
    const cudaError_t status = planned->second.status;
    all.failures.erase(planned);
    return ended(status);
  }
  return all.devices == 0 ? ended(cudaErrorInsufficientDriver) : cudaSuccess;
}

void machine::drain(CUstream_st& stream, std::uint64_t up_to) {
  while (!stream.pending.empty() && stream.pending.front().number <= up_to) {
    CUstream_st::work next = std::move(stream.pending.front());
    stream.pending.pop_front();
    if (stream.legacy) {
      for (const auto& other : streams) {
        if (other->blocking && other->device == stream.device) drain(*other, next.number);
      }
      for (const auto& other : per_thread) {
        if (other->device == stream.device) drain(*other, next.number);
      }
    } else if (stream.blocking) {
      drain(legacy[stream.device], next.number);
    }
    next.run();
  }
}

void machine::drain_all() {
  constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();
  for (auto& [device, stream] : legacy) drain(stream, all);
  for (const auto& stream : streams) drain(*stream, all);
  for (const auto& stream : per_thread) drain(*stream, all);
}

CUstream_st& machine::stream_of(cudaStream_t handle) {
  if (handle == cudaStreamPerThread) {
    thread_local std::map<int, CUstream_st*> own;
    CUstream_st*& stream = own[current_device()];
    if (stream == nullptr) {
      per_thread.push_back(std::make_unique<CUstream_st>());
      stream = per_thread.back().get();
      stream->device = current_device();
    }
    return *stream;
  }
  if (handle == nullptr || handle == cudaStreamLegacy) {
    CUstream_st& stream = legacy[current_device()];
    stream.device = current_device();
    stream.legacy = true;
    return stream;
  }
  return *handle;
}

void machine::enqueue(CUstream_st& stream, std::function<void()> run, const void* host) {
  stream.pending.push_back({++number, std::move(run), host});
}

void machine::require_unused(std::uintptr_t first, const block& goes) const {
  const auto look_at = [&](const CUstream_st& stream) {
    for (const CUstream_st::work& each : stream.pending) {
      const auto place = reinterpret_cast<std::uintptr_t>(each.host);
      if (place - first >= goes.size) continue;
      require(false, "cudaFreeHost: a copy that isn't done needs this memory");
    }
  };
  for (const auto& [device, stream] : legacy) look_at(stream);
  for (const auto& stream : streams) look_at(*stream);
  for (const auto& stream : per_thread) look_at(*stream);
}

block* machine::find(const void* address, std::uintptr_t& first) {
  const auto place = reinterpret_cast<std::uintptr_t>(address);
  auto above = blocks.upper_bound(place);
  if (above == blocks.begin()) return nullptr;
  --above;
  if (place - above->first >= above->second.size) return nullptr;
  first = above->first;
  return &above->second;
}

std::size_t machine::used_on(int device) const {
  std::size_t used = 0;
  for (const auto& [place, each] : blocks) {
    if (each.kind == memory::device && each.device == device) used += each.size;
  }
  return used;
}

void* machine::device_addresses(std::size_t size) {
  constexpr std::size_t all = std::size_t{1} << 40;
  static void* const first =
      ::mmap(nullptr, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (next_address == nullptr) next_address = static_cast<std::byte*>(first);
  constexpr std::size_t page = 4096;
  return std::exchange(next_address, next_address + (size + page - 1) / page * page);
}

cudaError_t machine::give_back(void* address, bool host) {
  if (address == nullptr) return cudaSuccess;
  const auto found = blocks.find(reinterpret_cast<std::uintptr_t>(address));
  if (found == blocks.end() || (found->second.kind == memory::pinned) != host) {
    return cudaErrorInvalidValue;
  }
  if (found->second.kind == memory::pinned) {
    require_unused(found->first, found->second);
    pinned -= found->second.size;
  }
  drain_all();
  if (found->second.kind != memory::device) ::operator delete(address, std::align_val_t{4096});
  blocks.erase(found);
  return cudaSuccess;
}

void reset(int devices) {
  machine& all = the_machine();
  const std::lock_guard lock(all.mutex);
  all.drain_all();
  while (!all.blocks.empty()) {
    const auto [place, each] = *all.blocks.begin();
    if (each.kind == memory::registered) {
      all.blocks.erase(place);
    } else {
      all.give_back(reinterpret_cast<void*>(place), each.kind == memory::pinned);
    }
  }
  all.streams.clear();
  all.events.clear();
  all.failures.clear();
  all.calls.clear();
  all.devices = devices;
  all.most_pinned = 0;
  all.quota = std::size_t{1} << 30;
  current_device() = 0;
  last_error() = cudaSuccess;
}

void fail(const std::string& function, int nth, cudaError_t status) {
  machine& all = the_machine();
  const std::lock_guard lock(all.mutex);
  all.failures[function] = {nth, status};
}

void fail_no_more() {
  machine& all = the_machine();
  const std::lock_guard lock(all.mutex);
  all.failures.clear();
}

void set_quota(std::size_t bytes) {
  machine& all = the_machine();
  const std::lock_guard lock(all.mutex);
  all.quota = bytes;
}

std::size_t live() {
  machine& all = the_machine();
  const std::lock_guard lock(all.mutex);
  all.drain_all();
  return all.blocks.size() + all.streams.size() + all.events.size();
}

std::size_t pending() {
  machine& all = the_machine();
  const std::lock_guard lock(all.mutex);
  std::size_t count = 0;
  for (const auto& [device, stream] : all.legacy) count += stream.pending.size();
  for (const auto& stream : all.streams) count += stream->pending.size();
  for (const auto& stream : all.per_thread) count += stream->pending.size();
  return count;
}

std::size_t pending(cudaStream_t stream) {
  machine& all = the_machine();
  const std::lock_guard lock(all.mutex);
  return all.stream_of(stream).pending.size();
}

std::size_t most_pinned() {
  machine& all = the_machine();
  const std::lock_guard lock(all.mutex);
  return all.most_pinned;
}

int calls(const std::string& function) {
  machine& all = the_machine();
  const std::lock_guard lock(all.mutex);
  return all.calls[function];
}

}  // namespace stand_in
