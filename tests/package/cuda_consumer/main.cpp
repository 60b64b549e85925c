// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include <ingot/cuda/allocator.hpp>
#include <ingot/storage/tensor.hpp>

int main() {
  if (ingot::cuda::device_count() == 0) {
    try {
      ingot::tensor<float, ingot::cuda_allocator<float>>(ingot::shape{2});
    } catch (const ingot::cuda::device_error& told) {
      std::puts(told.what());
      return 0;
    }
    return 1;
  }
  const ingot::tensor<float, ingot::cuda_allocator<float>> there(ingot::tensor<float>({2}));
  return ingot::tensor<float>(there)[1] == 0 ? 0 : 1;
}
