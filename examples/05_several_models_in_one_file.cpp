// SPDX-License-Identifier: Apache-2.0
// Several models and their optimizers in one file, as for a GAN: a dict of their states.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <vector>

#include <ingot/ingot.hpp>

struct linear {
  ingot::tensor<float> weight, bias;
};
struct generator {
  linear fc1, fc2;
};
struct discriminator {
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

linear filled(std::int64_t outputs, std::int64_t inputs, float number) {
  linear layer{ingot::tensor<float>({outputs, inputs}), ingot::tensor<float>({outputs})};
  std::ranges::fill(layer.weight, number);
  return layer;
}

int main() {
  generator a{filled(8, 4, 1.0f), filled(3, 8, 2.0f)};
  discriminator b{filled(1, 3, 3.0f)};
  sgd optimizer_a{{&a.fc1.weight, &a.fc1.bias, &a.fc2.weight, &a.fc2.bias}, 0.01};
  sgd optimizer_b{{&b.fc.weight, &b.fc.bias}, 0.02};
  optimizer_b.momentum_buffers = {b.fc.weight, b.fc.bias};  // as after a step
  ingot::save(ingot::dict{{"modelA_state_dict", ingot::state_dict(a)},
                          {"modelB_state_dict", ingot::state_dict(b)},
                          {"optimizerA_state_dict", ingot::state_dict(optimizer_a)},
                          {"optimizerB_state_dict", ingot::state_dict(optimizer_b)}},
              "models.tar");

  const auto checkpoint = ingot::open("models.tar");
  for (const auto& [name, state] : checkpoint.items()) {
    std::cout << name << ":\n" << ingot::dict(state);
  }

  // One model and its optimizer: the others' data are never read.
  discriminator again;
  ingot::load_state_dict(again, checkpoint["modelB_state_dict"]);
  sgd optimizer{{&again.fc.weight, &again.fc.bias}};
  ingot::load_state_dict(optimizer, checkpoint["optimizerB_state_dict"]);

  const bool right = again.fc.weight[2] == 3.0f && again.fc.bias.shape() == ingot::shape{1} &&
                     optimizer.lr == 0.02 && optimizer.momentum_buffers[0][2] == 3.0f;
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
