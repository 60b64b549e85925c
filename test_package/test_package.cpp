// SPDX-License-Identifier: Apache-2.0
// A consumer's smallest program: what it saves, it loads again.
#include <iostream>

#include <ingot/ingot.hpp>

struct linear {
  ingot::tensor<float> weight, bias;
};

int main() {
  linear model{ingot::tensor<float>({2, 2}), ingot::tensor<float>({2})};
  model.weight[3] = 3.5f;
  model.bias[1] = -1.0f;
  ingot::save(model, "test_package.pt");

  linear again;
  ingot::load(again, "test_package.pt");
  const bool same = again.weight.shape() == model.weight.shape() && again.weight[0] == 0.0f &&
                    again.weight[3] == 3.5f && again.bias[1] == -1.0f;
  std::cout << (same ? "saved and loaded\n" : "loaded something else than was saved\n");
  return same ? 0 : 1;
}
