// SPDX-License-Identifier: Apache-2.0
// A general checkpoint: model, optimizer and whatever else a run needs to go on where it stopped.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <vector>

#include <ingot/ingot.hpp>

struct linear {
  ingot::tensor<float> weight{{2, 3}}, bias{{2}};
};
struct net {
  linear fc;
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

int main() {
  {
    net model;
    sgd optimizer{.params = {&model.fc.weight, &model.fc.bias}, .lr = 0.01};
    std::ranges::fill(model.fc.weight, 1.5f);
    for (auto* parameter : optimizer.params) {
      std::ranges::fill(optimizer.momentum_buffers.emplace_back(parameter->shape()), 0.25f);
    }
    ingot::save(ingot::dict{{"epoch", 5},
                            {"model_state_dict", ingot::state_dict(model)},
                            {"optimizer_state_dict", ingot::state_dict(optimizer)},
                            {"loss", 0.4}},
                "checkpoint.tar");
  }

  net model;
  sgd optimizer{.params = {&model.fc.weight, &model.fc.bias}};

  const auto checkpoint = ingot::open("checkpoint.tar");  // reads structure, not data
  ingot::load_state_dict(model, checkpoint["model_state_dict"]);
  ingot::load_state_dict(optimizer, checkpoint["optimizer_state_dict"]);
  const auto epoch = checkpoint["epoch"].as<int>();
  const auto loss = checkpoint["loss"].as<double>();
  // A value never changes; with() makes another one, and saving over the opened file is safe.
  ingot::save(checkpoint.with("epoch", epoch + 1), "checkpoint.tar");
  std::cout << "resumes after epoch " << epoch << " at loss " << loss << '\n';

  const bool right = epoch == 5 && ingot::open("checkpoint.tar")["epoch"].as<int>() == 6 &&
                     loss == 0.4 && model.fc.weight[0] == 1.5f && optimizer.lr == 0.01 &&
                     optimizer.momentum_buffers.size() == 2 &&
                     optimizer.momentum_buffers[1][1] == 0.25f;
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
