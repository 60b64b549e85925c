// SPDX-License-Identifier: Apache-2.0
#include <type_traits>

#include <ingot/cuda/allocator.hpp>
#include <ingot/cuda/thrust.hpp>
#include <ingot/storage/tensor.hpp>

static_assert(ingot::resizable_tensor<thrust::device_vector<float>>);
static_assert(ingot::resizable_tensor<thrust::host_vector<float>>);
static_assert(ingot::resizable_tensor<thrust::universal_vector<float>>);

int main() {
  if (ingot::cuda::device_count() == 0) return 0;
  thrust::device_vector<float> vector(3, 2.0f);
  using traits = ingot::tensor_traits<thrust::device_vector<float>>;
  const ingot::tensor_view view = traits::view(vector);
  if (view.space().name != "cuda") return 1;
  float back[3] = {};
  ingot::copy_bytes(ingot::host_space, back, view.space(), view.data(), sizeof back);
  return back[2] == 2.0f ? 0 : 1;
}
