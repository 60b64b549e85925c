// SPDX-License-Identifier: Apache-2.0
// Weights straight into the storage that a program has: std::vector, std::array, std::span,
// numbers.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <span>
#include <vector>

#include <ingot/ingot.hpp>

struct conv2d {
  ingot::tensor<float> weight, bias;
};

// Flat storage gets its shape from the descriptor: numbers, or members that hold them.
struct vector_linear {
  std::int64_t outputs = 120, inputs = 400;
  std::vector<float> weight, bias;

  static consteval auto describe() {
    using self = vector_linear;
    return ingot::members(
        ingot::plain_member<&self::outputs>, ingot::plain_member<&self::inputs>,
        ingot::parameter_member<&self::weight, "", ingot::shaped<&self::outputs, &self::inputs>>,
        ingot::parameter_member<&self::bias>);
  }
};
struct array_linear {
  std::array<float, 84 * 120> weight;
  std::array<float, 84> bias;

  static consteval auto describe() {
    return ingot::members(
        ingot::parameter_member<&array_linear::weight, "", ingot::shaped<84, 120>>,
        ingot::parameter_member<&array_linear::bias>);
  }
};
struct span_linear {
  std::span<float> weight, bias;

  static consteval auto describe() {
    return ingot::members(ingot::parameter_member<&span_linear::weight, "", ingot::shaped<10, 84>>,
                          ingot::parameter_member<&span_linear::bias>);
  }
};
struct net {
  conv2d conv1, conv2;
  vector_linear fc1;
  array_linear fc2;
  span_linear fc3;
  ingot::buffer<std::int64_t> steps;  // a number is a 0-d tensor, where it is said to be one
};

int main(int, char** argv) {
  std::vector<float> arena(10 * 84 + 10);
  net model;
  model.fc3 = {std::span(arena).first(840), std::span(arena).last(10)};

  const auto file = std::filesystem::path(argv[1]) / "the_model_class.pt";
  const auto report = ingot::load(model, file, {.strict = false});
  std::cout << report << ingot::state_dict(model);

  const auto state = ingot::open(file);
  const auto last = state["fc3.bias"].as<std::vector<float>>();
  const bool right = report.loaded.size() == 10 && report.missing.size() == 1 &&
                     model.fc1.weight.size() == 48000 && arena.back() == last.back();
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
