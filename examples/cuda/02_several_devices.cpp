// SPDX-License-Identifier: Apache-2.0
// A model over several devices, in the program's own stream, and a snapshot while it trains on.
#include <cstdlib>
#include <iostream>
#include <string>

#include <ingot/cuda/allocator.hpp>
#include <ingot/cuda/space.hpp>
#include <ingot/cuda/transfer_scope.hpp>
#include <ingot/ingot.hpp>

using device_tensor = ingot::tensor<float, ingot::cuda_allocator<float>>;

device_tensor on(int ordinal) {
  return device_tensor(ingot::cuda_allocator<float>(ingot::cuda::space(ordinal)));
}

struct linear {
  device_tensor weight = on(0);
  device_tensor bias = on(ingot::cuda::device_count() - 1);
};

int main(int, char** words) {
  if (ingot::cuda::device_count() == 0) {
    std::cout << "there is no CUDA device here\n";
    return EXIT_SUCCESS;
  }
  const auto file = std::string(words[1]) + "/cuda.pt";  // saved from cuda:0 and cuda:1

  // A model's storage says where its tensors go, whatever the file says.
  linear model;
  ingot::load_state_dict(model, ingot::open(file)["model"]);

  // What has no storage of its own goes where map_location says: torch.load(map_location="cpu").
  const auto step = ingot::open(file, {.map_location = ingot::host_space})["step"].clone();

  cudaStream_t training = nullptr;
  ingot::cuda::check(cudaStreamCreate(&training), "cudaStreamCreate", 0);
  {
    const ingot::cuda::transfer_scope scope({.stream = training});
    const auto snapshot = ingot::snapshot(ingot::state_dict(model));
    cudaMemsetAsync(model.weight.data(), 0, 4 * sizeof(float), training);  // it trains on
    ingot::save(snapshot.with("step", step), "checkpoint.pt");
  }
  cudaStreamDestroy(training);

  const auto saved = ingot::open("checkpoint.pt");
  std::cout << "step " << saved["step"].as<float>() << '\n';
  return saved["weight"].as<ingot::tensor<float>>()[3] == 4.0f ? EXIT_SUCCESS : EXIT_FAILURE;
}
