// SPDX-License-Identifier: Apache-2.0
// Thrust's containers with its CUDA backend, by nvcc, over the stand-in or a device. Vectors are
// made from what the host has: a kernel can't run on the stand-in.
#include <cstdio>
#include <string>
#include <vector>

#include <thrust/device_vector.h>
#include <thrust/host_vector.h>
#include <thrust/system/cuda/vector.h>
#include <thrust/universal_vector.h>

#include <ingot/core/memory_space.hpp>
#include <ingot/cuda/allocator.hpp>
#include <ingot/cuda/error.hpp>
#include <ingot/cuda/thrust.hpp>
#include <ingot/storage/tensor.hpp>

#ifdef INGOT_STAND_IN
#include "stand_in.hpp"
#endif

namespace {

int failures = 0;

void check(bool holds, const char* what) {
  if (!holds) {
    std::printf("FAILED: %s\n", what);
    ++failures;
  }
}

template <class Vector>
std::vector<float> seen(const Vector& vector) {
  const ingot::const_tensor_view view = ingot::tensor_traits<Vector>::view(vector);
  std::vector<float> result(vector.size());
  ingot::copy_bytes(ingot::host_space, result.data(), view.space(), view.data(), view.nbytes());
  return result;
}

}  // namespace

int main() {
  const std::vector<float> numbers{1, 2, 3};
  const thrust::host_vector<float> host(numbers.begin(), numbers.end());
#ifdef INGOT_STAND_IN
  stand_in::reset(0);
  check(seen(host) == numbers, "a host_vector needs no driver");
  stand_in::reset();
#endif
  thrust::device_vector<float> device(numbers.begin(), numbers.end());
  check(seen(device) == numbers, "a device_vector is viewed where it is");
  const auto view = ingot::tensor_traits<thrust::device_vector<float>>::view(device);
  check(&view.space() == &ingot::cuda::space(0), "it is on the first device");
  check(seen(host) == numbers, "a host_vector is viewed");
  check(ingot::tensor_traits<thrust::host_vector<float>>::view(host).space().host_accessible,
        "it is on the host");
  const thrust::universal_vector<float> shared(numbers.begin(), numbers.end());
  check(seen(shared) == numbers, "a universal_vector is viewed, where the host reads it");
  const thrust::cuda::vector<float> own(numbers.begin(), numbers.end());
  check(seen(own) == numbers, "a vector of Thrust's CUDA system is viewed");
  check(!ingot::tensor_traits<thrust::cuda::vector<float>>::view(own).space().host_accessible,
        "it is on the device");
  const auto part = ingot::cuda::as_tensor(device.data() + 1, {2});
  check(&part.space() == &ingot::cuda::space(0), "a device_ptr tells its device");
  const std::vector<float> others{8, 9};
  ingot::copy_bytes(part.space(), part.data(), ingot::host_space, others.data(), 8);
  check(seen(device) == std::vector<float>{1, 8, 9}, "it refers to the vector's elements");
#ifdef INGOT_STAND_IN
  // No kernel runs on it: one that fills a vector fails as it would for want of the device's code.
  using traits = ingot::tensor_traits<thrust::device_vector<float>>;
  const auto told = [&](const char* what) {
    try {
      (void)traits::make({3}, device);
    } catch (const ingot::cuda::device_error& failure) {
      return std::string(failure.what()).find(what) != std::string::npos;
    }
    return false;
  };
  check(told("Thrust: "), "a kernel of Thrust's that fails is told as a device's failure");
  stand_in::fail("cudaMalloc", 1, cudaErrorMemoryAllocation);
  check(told("free memory of the device"), "memory that Thrust doesn't get is told");
  check(cudaPeekAtLastError() == cudaSuccess, "and the failure isn't left for others");
#endif
  std::printf("%d failed\n", failures);
  return failures == 0 ? 0 : 1;
}
