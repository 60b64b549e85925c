// SPDX-License-Identifier: Apache-2.0
// The runtime's functions for devices, streams, events and errors.
#include <limits>
#include <memory>
#include <mutex>
#include <utility>

#include "stand_in.hpp"
#include "state.hpp"

namespace {

using stand_in::begin;
using stand_in::ended;
using guard = std::lock_guard<std::recursive_mutex>;

constexpr std::uint64_t everything = std::numeric_limits<std::uint64_t>::max();

template <class Set, class Handle>
bool remove(Set& all, Handle handle) {
  for (auto at = all.begin(); at != all.end(); ++at) {
    if (at->get() == handle) {
      all.erase(at);
      return true;
    }
  }
  return false;
}

}  // namespace

extern "C" {

cudaError_t cudaGetDeviceCount(int* count) {
  if (const cudaError_t status = begin("cudaGetDeviceCount"); status != cudaSuccess) return status;
  *count = stand_in::the_machine().devices;
  return cudaSuccess;
}

cudaError_t cudaGetDevice(int* device) {
  if (const cudaError_t status = begin("cudaGetDevice"); status != cudaSuccess) return status;
  *device = stand_in::current_device();
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
  if (const cudaError_t status = begin("cudaSetDevice"); status != cudaSuccess) return status;
  if (device < 0 || device >= stand_in::the_machine().devices) return ended(cudaErrorInvalidDevice);
  stand_in::current_device() = device;
  return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize() {
  if (const cudaError_t status = begin("cudaDeviceSynchronize"); status != cudaSuccess) {
    return status;
  }
  auto& all = stand_in::the_machine();
  const guard lock(all.mutex);
  all.drain_all();
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  if (const cudaError_t status = begin("cudaStreamCreateWithFlags"); status != cudaSuccess) {
    return status;
  }
  auto& all = stand_in::the_machine();
  const guard lock(all.mutex);
  auto made = std::make_unique<CUstream_st>();
  made->device = stand_in::current_device();
  made->blocking = (flags & cudaStreamNonBlocking) == 0;
  *stream = made.get();
  all.streams.insert(std::move(made));
  return cudaSuccess;
}

cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  return cudaStreamCreateWithFlags(stream, cudaStreamDefault);
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  if (const cudaError_t status = begin("cudaStreamDestroy"); status != cudaSuccess) return status;
  auto& all = stand_in::the_machine();
  const guard lock(all.mutex);
  all.drain(*stream, everything);
  return ended(remove(all.streams, stream) ? cudaSuccess : cudaErrorInvalidResourceHandle);
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  if (const cudaError_t status = begin("cudaStreamSynchronize"); status != cudaSuccess) {
    return status;
  }
  auto& all = stand_in::the_machine();
  const guard lock(all.mutex);
  all.drain(all.stream_of(stream), everything);
  return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  if (const cudaError_t status = begin("cudaEventCreateWithFlags"); status != cudaSuccess) {
    return status;
  }
  auto& all = stand_in::the_machine();
  const guard lock(all.mutex);
  auto made = std::make_unique<CUevent_st>();
  made->device = stand_in::current_device();
  *event = made.get();
  all.events.insert(std::move(made));
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  if (const cudaError_t status = begin("cudaEventDestroy"); status != cudaSuccess) return status;
  auto& all = stand_in::the_machine();
  const guard lock(all.mutex);
  return ended(remove(all.events, event) ? cudaSuccess : cudaErrorInvalidResourceHandle);
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  if (const cudaError_t status = begin("cudaEventRecord"); status != cudaSuccess) return status;
  auto& all = stand_in::the_machine();
  const guard lock(all.mutex);
  CUstream_st& in = all.stream_of(stream);
  if (in.device != event->device) return ended(cudaErrorInvalidResourceHandle);
  event->stream = &in;
  event->number = all.number;
  return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  if (const cudaError_t status = begin("cudaEventSynchronize"); status != cudaSuccess) {
    return status;
  }
  auto& all = stand_in::the_machine();
  const guard lock(all.mutex);
  if (event->stream != nullptr) all.drain(*event->stream, event->number);
  return cudaSuccess;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  if (const cudaError_t status = begin("cudaStreamWaitEvent"); status != cudaSuccess) {
    return status;
  }
  auto& all = stand_in::the_machine();
  const guard lock(all.mutex);
  if (event->stream == nullptr) return cudaSuccess;
  all.enqueue(all.stream_of(stream),
              [&all, from = event->stream, number = event->number] { all.drain(*from, number); });
  return cudaSuccess;
}

cudaError_t cudaGetLastError() { return std::exchange(stand_in::last_error(), cudaSuccess); }
cudaError_t cudaPeekAtLastError() { return stand_in::last_error(); }

const char* cudaGetErrorName(cudaError_t status) {
  switch (status) {
    case cudaSuccess:
      return "cudaSuccess";
    case cudaErrorInvalidValue:
      return "cudaErrorInvalidValue";
    case cudaErrorMemoryAllocation:
      return "cudaErrorMemoryAllocation";
    case cudaErrorInsufficientDriver:
      return "cudaErrorInsufficientDriver";
    case cudaErrorInvalidDevice:
      return "cudaErrorInvalidDevice";
    case cudaErrorIllegalAddress:
      return "cudaErrorIllegalAddress";
    default:
      return "another cudaError";
  }
}

const char* cudaGetErrorString(cudaError_t status) {
  switch (status) {
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorInsufficientDriver:
      return "CUDA driver version is insufficient for CUDA runtime version";
    case cudaErrorInvalidDevice:
      return "invalid device ordinal";
    case cudaErrorIllegalAddress:
      return "an illegal memory access was encountered";
    default:
      return "the stand-in's text";
  }
}

}  // extern "C"
