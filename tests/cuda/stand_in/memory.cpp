// SPDX-License-Identifier: Apache-2.0
// The runtime's functions for memory and copies.
#include <algorithm>
#include <cstring>
#include <mutex>
#include <new>
#include <utility>

#include "stand_in.hpp"
#include "state.hpp"

namespace stand_in {
namespace {

using guard = std::lock_guard<std::recursive_mutex>;

cudaError_t take(void** address, std::size_t size, memory kind) {
  machine& all = the_machine();
  void* place = nullptr;
  block made{.size = size, .kind = kind, .device = current_device()};
  if (kind == memory::device) {
    if (all.used_on(made.device) + size > all.quota) return cudaErrorMemoryAllocation;
    place = all.device_addresses(size);
    made.shadow.assign(size, std::byte{0xa5});
  } else {
    place = ::operator new(size, std::align_val_t{4096});
  }
  if (kind == memory::pinned) {
    all.pinned += size;
    all.most_pinned = std::max(all.most_pinned, all.pinned);
  }
  all.blocks.emplace(reinterpret_cast<std::uintptr_t>(place), std::move(made));
  *address = place;
  return cudaSuccess;
}

/// One end of a copy.
struct end {
  std::byte* bytes = nullptr;  // where they are; null: out of bounds
  bool on_device = false;
  bool pageable = true;
  bool managed = false;  // may be named as the host's or as a device's
  int device = -1;
};

end resolve(const void* address, std::size_t size) {
  std::uintptr_t first = 0;
  block* const found = the_machine().find(address, first);
  auto* const plain = static_cast<std::byte*>(const_cast<void*>(address));
  if (found == nullptr) return {.bytes = plain};
  const std::size_t offset = reinterpret_cast<std::uintptr_t>(address) - first;
  if (found->size - offset < size) return {};
  if (found->kind != memory::device) {
    return {.bytes = plain, .pageable = false, .managed = found->kind == memory::managed};
  }
  return {.bytes = found->shadow.data() + offset,
          .on_device = true,
          .pageable = false,
          .device = found->device};
}

int device_of(const void* address) {
  std::uintptr_t first = 0;
  const block* const found = the_machine().find(address, first);
  return found == nullptr ? -1 : found->device;
}

cudaError_t copy(void* to, const void* from, std::size_t size, cudaMemcpyKind kind,
                 cudaStream_t handle) {
  machine& all = the_machine();
  const guard lock(all.mutex);
  if (size == 0) return cudaSuccess;
  const end into = resolve(to, size);
  const end of = resolve(from, size);
  if (into.bytes == nullptr || of.bytes == nullptr) return cudaErrorInvalidValue;
  const bool known = kind != cudaMemcpyDefault;
  const bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  const bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  const bool fits =
      (into.managed || to_device == into.on_device) && (of.managed || from_device == of.on_device);
  if (known && !fits) return cudaErrorInvalidValue;
  CUstream_st& stream = all.stream_of(handle);
  require(into.device == stream.device || of.device == stream.device ||
              (!into.on_device && !of.on_device),
          "a copy is in a stream of another device than its memory's");
  if (!into.on_device) std::memset(into.bytes, poison, size);
  if (of.pageable) {  // the runtime has read it when the call returns
    std::vector<std::byte> taken(of.bytes, of.bytes + size);
    all.enqueue(stream, [taken = std::move(taken), to = into.bytes] {
      std::memcpy(to, taken.data(), taken.size());
    });
  } else {
    const std::byte* host = of.on_device ? into.bytes : of.bytes;
    all.enqueue(stream, [=] { std::memmove(into.bytes, of.bytes, size); }, host);
  }
  return cudaSuccess;
}

cudaError_t set(void* data, int octet, std::size_t size, cudaStream_t handle) {
  machine& all = the_machine();
  const guard lock(all.mutex);
  const end into = resolve(data, size);
  if (into.bytes == nullptr || !into.on_device) return cudaErrorInvalidValue;
  CUstream_st& stream = all.stream_of(handle);
  require(into.device == stream.device, "memory is set in a stream of another device");
  all.enqueue(stream, [=] { std::memset(into.bytes, octet, size); });
  return cudaSuccess;
}

cudaError_t allocate(const char* function, void** address, std::size_t size, memory kind) {
  if (const cudaError_t status = begin(function); status != cudaSuccess) return status;
  const guard lock(the_machine().mutex);
  return ended(take(address, size, kind));
}

cudaError_t give_back(const char* function, void* address, bool host) {
  if (const cudaError_t status = begin(function); status != cudaSuccess) return status;
  const guard lock(the_machine().mutex);
  return ended(the_machine().give_back(address, host));
}

}  // namespace
}  // namespace stand_in

using stand_in::begin;
using stand_in::ended;

extern "C" {

cudaError_t cudaMalloc(void** address, std::size_t size) {
  return stand_in::allocate("cudaMalloc", address, size, stand_in::memory::device);
}
cudaError_t cudaMallocHost(void** address, std::size_t size) {
  return stand_in::allocate("cudaMallocHost", address, size, stand_in::memory::pinned);
}
cudaError_t cudaMallocManaged(void** address, std::size_t size, unsigned) {
  return stand_in::allocate("cudaMallocManaged", address, size, stand_in::memory::managed);
}
cudaError_t cudaMallocAsync(void** address, std::size_t size, cudaStream_t stream) {
  stand_in::require(stand_in::the_machine().stream_of(stream).device == stand_in::current_device(),
                    "cudaMallocAsync: the stream is another device's");
  return stand_in::allocate("cudaMallocAsync", address, size, stand_in::memory::device);
}
cudaError_t cudaFree(void* address) { return stand_in::give_back("cudaFree", address, false); }
cudaError_t cudaFreeHost(void* address) {
  return stand_in::give_back("cudaFreeHost", address, true);
}
cudaError_t cudaFreeAsync(void* address, cudaStream_t stream) {
  auto& all = stand_in::the_machine();
  const stand_in::guard lock(all.mutex);
  std::uintptr_t first = 0;
  const stand_in::block* found = all.find(address, first);
  stand_in::require(found == nullptr || found->device == all.stream_of(stream).device,
                    "cudaFreeAsync: the stream is another device's");
  return stand_in::give_back("cudaFreeAsync", address, false);
}

cudaError_t cudaHostRegister(void* address, std::size_t size, unsigned) {
  if (const cudaError_t status = begin("cudaHostRegister"); status != cudaSuccess) return status;
  auto& all = stand_in::the_machine();
  const stand_in::guard lock(all.mutex);
  const bool added =
      all.blocks
          .try_emplace(reinterpret_cast<std::uintptr_t>(address),
                       stand_in::block{.size = size, .kind = stand_in::memory::registered})
          .second;
  return ended(added ? cudaSuccess : cudaErrorHostMemoryAlreadyRegistered);
}

cudaError_t cudaHostUnregister(void* address) {
  if (const cudaError_t status = begin("cudaHostUnregister"); status != cudaSuccess) return status;
  auto& all = stand_in::the_machine();
  const stand_in::guard lock(all.mutex);
  all.drain_all();
  const bool known = all.blocks.erase(reinterpret_cast<std::uintptr_t>(address)) != 0;
  return ended(known ? cudaSuccess : cudaErrorHostMemoryNotRegistered);
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t size, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  if (const cudaError_t status = begin("cudaMemcpyAsync"); status != cudaSuccess) return status;
  return ended(stand_in::copy(to, from, size, kind, stream));
}

// Where the types tell the direction. Copies of a batch are in no order: the last is done first.
cudaError_t cudaMemcpyBatchAsync(void* const* to, const void* const* from, const std::size_t* sizes,
                                 std::size_t count, cudaMemcpyAttributes* attributes,
                                 std::size_t* first_of, std::size_t kinds, cudaStream_t stream) {
  if (const cudaError_t status = begin("cudaMemcpyBatchAsync"); status != cudaSuccess) {
    return status;
  }
  const bool in_order = kinds == 1 && first_of[0] == 0 &&
                        attributes[0].srcAccessOrder == cudaMemcpySrcAccessOrderStream;
  if (!in_order || count == 0 || stream == nullptr || stream == cudaStreamLegacy) {
    return ended(cudaErrorInvalidValue);
  }
  for (std::size_t i = count; i-- > 0;) {
    const cudaError_t status = stand_in::copy(to[i], from[i], sizes[i], cudaMemcpyDefault, stream);
    if (status != cudaSuccess) return ended(status);
  }
  return cudaSuccess;
}

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t size, cudaMemcpyKind kind) {
  if (const cudaError_t status = begin("cudaMemcpy"); status != cudaSuccess) return status;
  const cudaError_t status = stand_in::copy(to, from, size, kind, nullptr);
  if (status == cudaSuccess) cudaStreamSynchronize(nullptr);
  return ended(status);
}

cudaError_t cudaMemcpyPeerAsync(void* to, int to_device, const void* from, int from_device,
                                std::size_t size, cudaStream_t stream) {
  if (const cudaError_t status = begin("cudaMemcpyPeerAsync"); status != cudaSuccess) {
    return status;
  }
  if (stand_in::device_of(to) != to_device || stand_in::device_of(from) != from_device) {
    return ended(cudaErrorInvalidValue);
  }
  return ended(stand_in::copy(to, from, size, cudaMemcpyDeviceToDevice, stream));
}

cudaError_t cudaMemsetAsync(void* data, int octet, std::size_t size, cudaStream_t stream) {
  if (const cudaError_t status = begin("cudaMemsetAsync"); status != cudaSuccess) return status;
  return ended(stand_in::set(data, octet, size, stream));
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* address) {
  if (const cudaError_t status = begin("cudaPointerGetAttributes"); status != cudaSuccess) {
    return status;
  }
  auto& all = stand_in::the_machine();
  const stand_in::guard lock(all.mutex);
  std::uintptr_t first = 0;
  const stand_in::block* found = all.find(address, first);
  *attributes = {};
  attributes->type = found == nullptr                           ? cudaMemoryTypeUnregistered
                     : found->kind == stand_in::memory::device  ? cudaMemoryTypeDevice
                     : found->kind == stand_in::memory::managed ? cudaMemoryTypeManaged
                                                                : cudaMemoryTypeHost;
  attributes->device = found == nullptr ? -2 : found->device;
  return cudaSuccess;
}

}  // extern "C"
