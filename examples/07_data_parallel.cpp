// SPDX-License-Identifier: Apache-2.0
// A file that was saved from torch.nn.DataParallel: every name begins with "module.".
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
struct data_parallel {
  the_model_class module;
};

int main(int, char** argv) {
  data_parallel wrapped;
  ingot::load(wrapped.module, std::filesystem::path(argv[1]) / "the_model_class.pt");
  ingot::save(wrapped, "data_parallel.pt");

  the_model_class model;
  bool advised = false;
  try {
    ingot::load(model, "data_parallel.pt");
  } catch (const ingot::mismatch_error& error) {
    std::cout << error.report().advice << '\n';
    advised = error.report().advice.find(".strip_prefix") != std::string::npos;
  }
  std::cout << ingot::load(model, "data_parallel.pt", {.strip_prefix = "module."});

  // And the other way, for a Python program that loads into a DataParallel.
  std::cout << ingot::load(wrapped, std::filesystem::path(argv[1]) / "the_model_class.pt",
                           {.add_prefix = "module."});

  return advised && model.fc3.bias.defined() ? EXIT_SUCCESS : EXIT_FAILURE;
}
