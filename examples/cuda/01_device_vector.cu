// SPDX-License-Identifier: Apache-2.0
// A file that Python wrote on GPUs goes into thrust::device_vector, straight from the file.
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include <ingot/cuda/thrust.hpp>
#include <ingot/ingot.hpp>

struct linear {
  thrust::device_vector<float> weight = std::vector<float>(4);  // flat: the shape is described
  thrust::device_vector<float> bias = std::vector<float>(2);

  static consteval auto describe() {
    return ingot::members(ingot::member<&linear::weight, "weight", ingot::shaped<2, 2>>,
                          ingot::member<&linear::bias, "bias">);
  }
};

int main(int, char** words) {
  if (ingot::cuda::device_count() == 0) {
    std::cout << "there is no CUDA device here\n";
    return EXIT_SUCCESS;
  }
  linear model;
  const auto checkpoint = ingot::open(std::string(words[1]) + "/cuda.pt");
  ingot::load_state_dict(model, checkpoint["model"]);
  std::cout << "weight[1][1] = " << model.weight[3] << '\n';

  ingot::save(model, "model.pt");  // Python: torch.load("model.pt", map_location="cuda")
  return model.weight[3] == 4.0f ? EXIT_SUCCESS : EXIT_FAILURE;
}
