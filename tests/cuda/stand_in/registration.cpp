// SPDX-License-Identifier: Apache-2.0
// What code by nvcc calls before main() and to launch a kernel. There is nothing to register with,
// and a launch fails.
#include <cstddef>

#include <cuda_runtime_api.h>

#include "state.hpp"

extern "C" {

void** __cudaRegisterFatBinary(void*) {
  static void* handle = nullptr;
  return &handle;
}
void __cudaRegisterFatBinaryEnd(void**) {}
void __cudaUnregisterFatBinary(void**) {}
void __cudaRegisterFunction(void**, const char*, char*, const char*, int, void*, void*, void*,
                            void*, int*) {}
void __cudaRegisterVar(void**, char*, char*, const char*, int, std::size_t, int, int) {}
char __cudaInitModule(void**) { return 1; }
unsigned __cudaPushCallConfiguration(dim3, dim3, std::size_t, CUstream_st*) { return 1; }
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes*, const void*) {
  return stand_in::ended(cudaErrorNotSupported);
}
cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t*, const void*, void**) {
  return stand_in::ended(cudaErrorNotSupported);
}
unsigned __cudaPopCallConfiguration(dim3*, dim3*, std::size_t*, void*) { return 1; }
cudaError_t __cudaGetKernel(cudaKernel_t*, const void*) {
  return stand_in::ended(cudaErrorNotSupported);
}
cudaError_t __cudaLaunchKernel(cudaKernel_t, dim3, dim3, void**, std::size_t, cudaStream_t) {
  return stand_in::ended(cudaErrorNotSupported);
}

}  // extern "C"
