// SPDX-License-Identifier: Apache-2.0
// What a state_dict is: a model's tensors by name, and an optimizer's state by PyTorch's names.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <vector>

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

struct sgd {
  std::vector<ingot::tensor<float>*> params;
  double lr = 0.001, momentum = 0.9;
  std::vector<ingot::tensor<float>> momentum_buffers{};

  static consteval auto describe() {
    return ingot::optimizer(ingot::sgd_layout, ingot::params<&sgd::params>,
                            ingot::hyper<"lr", &sgd::lr>, ingot::hyper<"momentum", &sgd::momentum>,
                            ingot::slot<"momentum_buffer", &sgd::momentum_buffers>);
  }
};

int main(int, char** argv) {
  the_model_class model;
  ingot::load(model, std::filesystem::path(argv[1]) / "the_model_class.pt");
  sgd optimizer{.params = {&model.fc3.weight, &model.fc3.bias}};

  std::cout << "Model's state_dict:\n";
  const auto state = ingot::state_dict(model);
  for (const auto& [name, tensor] : state) std::cout << name << '\t' << tensor.shape() << '\n';

  std::cout << "Optimizer's state_dict:\n";
  const auto optimizer_state = ingot::state_dict(optimizer);
  std::cout << optimizer_state;
  for (const auto& group : optimizer_state["param_groups"].elements()) {
    std::cout << ingot::dict(group);
  }

  const bool right = state.size() == 10 &&
                     state["conv1.weight"].shape() == ingot::shape{6, 3, 5, 5} &&
                     optimizer_state["param_groups"][0]["lr"].as<double>() == 0.001;
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
