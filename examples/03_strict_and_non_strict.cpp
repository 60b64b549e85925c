// SPDX-License-Identifier: Apache-2.0
// Warm start: a network with a new head takes what fits from a file of another network.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <ingot/ingot.hpp>

struct conv2d {
  ingot::tensor<float> weight, bias;
};
struct linear {
  ingot::tensor<float> weight, bias;
};
struct two_classes {
  conv2d conv1, conv2;
  linear fc1, fc2;
  linear fc3{ingot::tensor<float>({2, 84}), ingot::tensor<float>({2})};  // the file has 10 classes
};
struct new_head {
  conv2d conv1, conv2;
  linear fc1, fc2;
  linear head{ingot::tensor<float>({2, 84}), ingot::tensor<float>({2})};
};

int main(int, char** argv) {
  const auto file = std::filesystem::path(argv[1]) / "the_model_class.pt";

  // Strict, the default: one error that lists everything, and nothing has changed.
  new_head model;
  bool refused = false;
  try {
    ingot::load(model, file);
  } catch (const ingot::mismatch_error& error) {
    std::cout << error.what() << "\n\n";
    refused = error.report().missing.size() == 2 && !model.conv1.weight.defined();
  }

  // Not strict, as in PyTorch: keys without a partner are reported; the rest is loaded.
  const auto report = ingot::load(model, file, {.strict = false});
  std::cout << report << '\n';
  const bool started = report.loaded.size() == 8 && model.conv1.weight.defined() &&
                       report.missing == std::vector<std::string>{"head.weight", "head.bias"} &&
                       report.unexpected == std::vector<std::string>{"fc3.weight", "fc3.bias"};

  // Another shape under the same name is an error even then, unless it is said to be expected.
  two_classes other;
  const auto skipped = ingot::load(other, file, {.skip_mismatched = true});
  std::cout << skipped;
  const bool kept = skipped.mismatched.size() == 2 && other.fc3.bias.size() == 2;

  // One submodule of what was saved, as strictly as a whole model.
  conv2d first;
  const bool part = ingot::load(first, file, {.submodule = "conv1"}).complete();

  return refused && started && kept && part ? EXIT_SUCCESS : EXIT_FAILURE;
}
