// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <ingot/core/memory_space.hpp>
#include <ingot/cuda/device.hpp>
#include <ingot/cuda/error.hpp>
#include <ingot/cuda/space.hpp>

namespace ingot::cuda {

/// Where a pointer points: to the host's memory (its own, pinned or managed), or to a device's.
/// Null: the current device. Throws device_error.
inline const memory_space& pointer_space(const void* data) {
  if (data == nullptr) return space(current_device());
  cudaPointerAttributes attributes{};
  check(cudaPointerGetAttributes(&attributes, data), "cudaPointerGetAttributes", -1);
  return attributes.type == cudaMemoryTypeDevice ? space(attributes.device) : host_space;
}

}  // namespace ingot::cuda
