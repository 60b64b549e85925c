// SPDX-License-Identifier: Apache-2.0
// state_dict() refers to the model; clone() keeps what it was: the best weights so far.
#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <ingot/ingot.hpp>

struct linear {
  ingot::tensor<float> weight{{2, 3}}, bias{{2}};
};

int main() {
  linear model;
  std::ranges::fill(model.weight, 1.0f);

  const auto reference = ingot::state_dict(model);
  const auto best = ingot::state_dict(model).clone();

  std::ranges::fill(model.weight, 2.0f);  // the training goes on, and gets worse

  const auto first = [](const ingot::dict& state) {
    return state["weight"].as<ingot::tensor<float>>()[0];
  };
  std::cout << "reference: " << first(reference) << ", deep copy: " << first(best) << '\n';
  const bool right = first(reference) == 2.0f && first(best) == 1.0f;

  ingot::load_state_dict(model, best);
  std::cout << "after loading the deep copy: " << model.weight[0] << '\n';
  return right && model.weight[0] == 1.0f ? EXIT_SUCCESS : EXIT_FAILURE;
}
