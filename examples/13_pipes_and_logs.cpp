// SPDX-License-Identifier: Apache-2.0
// One record after another: to a pipe, a socket or a log. Written and read without a seek.
#include <cstdlib>
#include <fstream>
#include <iostream>

#include <ingot/ingot.hpp>

struct linear {
  ingot::tensor<float> weight{ingot::shape{2, 2}}, bias{ingot::shape{2}};
};

int main() {
  linear model;
  {
    std::ofstream log("training.ingot", std::ios::binary);
    for (int epoch = 0; epoch < 3; ++epoch) {
      model.bias[0] = static_cast<float>(epoch);
      ingot::save<ingot::binary>(
          ingot::dict{{"epoch", epoch}, {"model_state_dict", ingot::state_dict(model)}}, log);
    }
  }

  // Every byte is checked as it comes; what was cut off is a format_error, not a short log.
  std::ifstream log("training.ingot", std::ios::binary);
  int records = 0;
  linear last;
  while (const auto record = ingot::binary::next(log)) {
    ingot::load_state_dict(last, record->root["model_state_dict"]);
    std::cout << "epoch " << record->root["epoch"].as<int>() << ": bias " << last.bias[0] << '\n';
    ++records;
  }
  return records == 3 && last.bias[0] == 2 ? EXIT_SUCCESS : EXIT_FAILURE;
}
