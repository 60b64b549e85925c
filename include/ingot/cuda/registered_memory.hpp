// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include <cuda_runtime_api.h>

#include <ingot/cuda/error.hpp>

namespace ingot::cuda {

/// Page-locks host memory that is there already while it lives (cudaHostRegister): kernels and the
/// program's own asynchronous copies may then use it. The memory must outlive it. To Ingot it is
/// the host's as before. Throws device_error.
class registered_memory {
 public:
  explicit registered_memory(std::span<std::byte> memory) : data_(memory.data()) {
    if (memory.empty()) {
      data_ = nullptr;
      return;
    }
    check(cudaHostRegister(data_, memory.size(), cudaHostRegisterDefault), "cudaHostRegister", -1);
  }
  registered_memory(const registered_memory&) = delete;  // it belongs to a scope
  registered_memory& operator=(const registered_memory&) = delete;
  ~registered_memory() {
    if (data_ != nullptr) disregard(cudaHostUnregister(data_));
  }

 private:
  void* data_;
};

}  // namespace ingot::cuda
