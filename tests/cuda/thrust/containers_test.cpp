// SPDX-License-Identifier: Apache-2.0
// Thrust's containers with the backends that need no GPU: THRUST_DEVICE_SYSTEM says which.
#include <ingot/cuda/thrust.hpp>

#include <doctest/doctest.h>

#include <sstream>

#include <thrust/device_vector.h>
#include <thrust/host_vector.h>
#include <thrust/transform_reduce.h>
#include <thrust/universal_vector.h>

#include <ingot/ingot.hpp>

namespace {

struct layer {
  thrust::device_vector<float> weight = thrust::device_vector<float>(4);
  thrust::host_vector<float> bias;
  thrust::universal_vector<int> counts;
};

struct borrowed {
  ingot::tensor_ref<float> weight;
};

}  // namespace

TEST_CASE("Thrust's vectors are saved and loaded") {
  layer model;
  model.weight.assign(4, 2);
  model.bias.assign(3, 7);
  model.counts.assign(2, 9);
  std::stringstream file;
  ingot::save(model, file);
  layer again;
  ingot::load(again, file);
  CHECK(again.weight == model.weight);
  CHECK(again.bias == model.bias);  // it was empty and took the file's length
  CHECK(again.counts == model.counts);
}

TEST_CASE("a device_ptr with a shape is a tensor") {
  thrust::device_vector<float> memory(6, 1);
  borrowed part{ingot::cuda::as_tensor(memory.data() + 2, {2, 2})};
  ingot::load_state_dict(part, ingot::dict{{"weight", ingot::tensor<float>({2, 2})}});
  CHECK(thrust::reduce(memory.begin(), memory.end()) == 2);
}
