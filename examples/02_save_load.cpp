// SPDX-License-Identifier: Apache-2.0
// Load a model that Python saved, save it, and load it again: here or in Python.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include <ingot/ingot.hpp>

struct conv2d {
  ingot::tensor<float> weight, bias;
};
struct linear {
  ingot::tensor<float> weight, bias;
};
struct the_model_class {
  conv2d conv1, conv2;
  linear fc1, fc2, fc3;
};

int main(int, char** argv) {
  the_model_class model;  // its tensors take the file's shapes
  std::cout << ingot::load(model, std::filesystem::path(argv[1]) / "the_model_class.pt");

  // Python: model.load_state_dict(torch.load("model.pt"))
  ingot::save(model, "model.pt");

  the_model_class again;
  again.conv1.bias = ingot::tensor<float>({6});  // a tensor that has a shape must match the file's
  ingot::load(again, "model.pt");
  std::cout << "model.pt: " << ingot::parameter_count(again) << " parameters\n";

  const bool same = std::ranges::equal(model.conv1.bias, again.conv1.bias) &&
                    std::ranges::equal(model.fc3.weight, again.fc3.weight);
  return same ? EXIT_SUCCESS : EXIT_FAILURE;
}
