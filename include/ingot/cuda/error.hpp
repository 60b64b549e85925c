// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <cuda_runtime_api.h>

#include <ingot/core/error.hpp>

namespace ingot::cuda {

/// The CUDA runtime refused or failed. Where the device's context is lost (an illegal address, an
/// assertion in a kernel), every later call fails alike until the process ends.
class device_error : public error {
 public:
  device_error(error_info info, cudaError_t code) : error(std::move(info)), code_(code) {}
  cudaError_t code() const noexcept { return code_; }

 private:
  cudaError_t code_;
};

/// Whether a status says that there is no device to use: no driver (35) counts as no device.
constexpr bool means_no_device(cudaError_t status) noexcept {
  return status == cudaErrorNoDevice || status == cudaErrorInsufficientDriver;
}

namespace detail {

inline std::string remedy_for(cudaError_t status, std::string_view call) {
  if (status == cudaErrorInsufficientDriver) {
    return "use host memory, or, where there is a GPU, install a driver or a newer one (nvidia-smi "
           "tells which is there)";
  }
  if (status == cudaErrorNoDevice) {
    return "use host memory, or look whether CUDA_VISIBLE_DEVICES hides the device";
  }
  switch (status) {
    case cudaErrorMemoryAllocation:
      if (call == "cudaMallocHost") {
        return "free page-locked memory, or allow Ingot less of it "
               "(cuda::transfer_options::pinned_bytes)";
      }
      return "free memory of the device, or use less of it";
    case cudaErrorInvalidDevice:
      return "take a device that this machine has";
    case cudaErrorIllegalAddress:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorLaunchTimeout:
    case cudaErrorLaunchFailure:
    case cudaErrorAssert:
    case cudaErrorHardwareStackError:
    case cudaErrorECCUncorrectable:
      return "the device's state is lost: end the process and start again";
    default:
      return {};
  }
}

}  // namespace detail

/// Throws device_error unless `status` is success. `call` is what was asked for, `device` the
/// ordinal of the device that it was asked of, or -1.
inline void check(cudaError_t status, const char* call, int device) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // so that nobody else takes it for his own
  std::string where = device < 0 ? "cuda" : "cuda:" + std::to_string(device);
  throw device_error(
      {.where = std::move(where) + ": " + call,
       .found = std::string(cudaGetErrorString(status)) + " (" + cudaGetErrorName(status) + ')',
       .remedy = detail::remedy_for(status, call)},
      status);
}

/// For a call in a destructor, whose failure can't be told: it isn't left for others to find.
inline void disregard(cudaError_t status) noexcept {
  if (status != cudaSuccess) cudaGetLastError();
}

}  // namespace ingot::cuda
