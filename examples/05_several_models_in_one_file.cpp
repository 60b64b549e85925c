// SPDX-License-Identifier: Apache-2.0
// Several models in one file, such as a GAN's two networks: a dict of state_dicts.
#include <algorithm>
#include <cstdlib>
#include <iostream>

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

linear filled(std::int64_t outputs, std::int64_t inputs, float number) {
  linear layer{ingot::tensor<float>({outputs, inputs}), ingot::tensor<float>({outputs})};
  std::ranges::fill(layer.weight, number);
  return layer;
}

int main() {
  const generator a{filled(8, 4, 1.0f), filled(3, 8, 2.0f)};
  const discriminator b{filled(1, 3, 3.0f)};
  ingot::save(ingot::dict{{"modelA_state_dict", ingot::state_dict(a)},
                          {"modelB_state_dict", ingot::state_dict(b)}},
              "models.tar");

  const auto checkpoint = ingot::open("models.tar");
  for (const auto& [name, state] : checkpoint.items()) {
    std::cout << name << ":\n" << ingot::dict(state);
  }

  // One of the two: the other's data are never read.
  discriminator again;
  ingot::load_state_dict(again, checkpoint["modelB_state_dict"]);

  const bool right = again.fc.weight[2] == 3.0f && again.fc.bias.shape() == ingot::shape{1};
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
