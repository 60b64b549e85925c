// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <concepts>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <ingot/state/as.hpp>
#include <ingot/state/optimizer.hpp>
#include <ingot/storage/std_vector.hpp>
#include <ingot/storage/tensor.hpp>

#include "optimizers.hpp"

namespace optimizer_state_test {
namespace {

using ingot::state_dict;
using ingot::tensor;
using keys = std::vector<std::string>;

keys keys_of(const ingot::value& mapping) {
  keys result;
  for (const auto& [key, content] : mapping.items()) {
    result.push_back(key.kind() == ingot::kind::string ? key.text()
                                                       : std::to_string(key.integer()));
  }
  return result;
}

/// State in flat vectors, one step for all, and hyper-parameters of odd kinds.
struct flat {
  std::vector<tensor<float>*> params;
  double lr = 1;
  std::tuple<double, int> pair{0.5, 3};
  std::optional<double> clip{};
  std::string mode = "fast";
  int step = 0;
  std::vector<std::vector<float>> sums{};

  static consteval auto describe() {
    return ingot::optimizer(ingot::params<&flat::params>, ingot::hyper<"lr", &flat::lr>,
                            ingot::hyper<"pair", &flat::pair>, ingot::hyper<"clip", &flat::clip>,
                            ingot::hyper<"mode", &flat::mode>, ingot::constant<"kind", true>,
                            ingot::slot<"step", &flat::step>, ingot::slot<"sum", &flat::sums>);
  }
};

template <class Optimizer>
concept has_state_dict =
    requires(Optimizer&& optimizer) { state_dict(std::forward<Optimizer>(optimizer)); };

}  // namespace

TEST_CASE("an optimizer that never stepped has PyTorch's groups and no state") {
  tensor<float> weight({2, 3}), bias({2});
  const sgd optimizer{{{{&weight, &bias}, 0.1, 0.9}}};
  const auto state = state_dict(optimizer);
  CHECK(keys_of(state) == keys{"state", "param_groups"});
  CHECK(state["state"].size() == 0);
  const auto group = state["param_groups"][0];
  CHECK(keys_of(group) == keys{"lr", "momentum", "dampening", "weight_decay", "nesterov",
                               "maximize", "foreach", "differentiable", "fused", "params"});
  CHECK(group["momentum"].as<double>() == 0.9);
  CHECK(group["dampening"].as<double>() == 0);
  CHECK(!group["maximize"].as<bool>());
  CHECK(group["fused"].is_none());
  CHECK(group["params"].as<std::vector<int>>() == std::vector<int>{0, 1});
}

TEST_CASE("slots are keyed by the index of the parameter across the groups") {
  tensor<float> weight({2, 3}), bias({2});
  sgd optimizer{{{{&weight}}, {{&bias}, 0.5}}};
  optimizer.momentum_buffer.resize(2);
  optimizer.momentum_buffer[1] = tensor<float>({2});
  const auto state = state_dict(optimizer);
  CHECK(state["param_groups"][1]["params"].as<std::vector<int>>() == std::vector<int>{1});
  CHECK(keys_of(state["state"]) == keys{"1"});
  CHECK(state["state"][1]["momentum_buffer"].tensor().bytes->data() ==
        reinterpret_cast<const std::byte*>(optimizer.momentum_buffer[1].data()));
}

TEST_CASE("Adam's state has PyTorch's keys, and step as a 0-d float32") {
  tensor<float> weight({2, 3}), bias({2});
  adam optimizer{.params = {&weight, &bias}};
  optimizer.states.resize(2);
  optimizer.states[0] = {.step = 3, .exp_avg = weight, .exp_avg_sq = weight};
  const auto state = state_dict(optimizer);
  CHECK(keys_of(state["state"]) == keys{"0"});
  CHECK(keys_of(state["state"][0]) == keys{"step", "exp_avg", "exp_avg_sq"});
  CHECK(state["state"][0]["step"].type() == ingot::dtype::float32);
  CHECK(state["state"][0]["step"].shape() == ingot::shape{});
  CHECK(state["state"][0]["step"].as<double>() == 3);
  const auto group = state["param_groups"][0];
  CHECK(keys_of(group) == keys{"lr", "betas", "eps", "weight_decay", "amsgrad", "maximize",
                               "foreach", "capturable", "differentiable", "fused",
                               "decoupled_weight_decay", "params"});
  CHECK(group["betas"].kind() == ingot::kind::tuple);
  CHECK(group["betas"][1].as<double>() == 0.999);
  CHECK(group["decoupled_weight_decay"].as<bool>());
}

TEST_CASE("a step that float32 can't hold is a float64") {
  tensor<float> weight({1});
  adam optimizer{.params = {&weight}};
  optimizer.states.push_back({.step = 16'777'217, .exp_avg = weight, .exp_avg_sq = weight});
  CHECK(state_dict(optimizer)["state"][0]["step"].type() == ingot::dtype::float64);
  CHECK(state_dict(optimizer)["state"][0]["step"].as<double>() == 16'777'217);
}

TEST_CASE("an optimizer that PyTorch doesn't have is written as it is described") {
  tensor<float> weight({2, 3});
  flat optimizer{.params = {&weight}, .step = 4, .sums = {{1, 2, 3, 4, 5, 6}}};
  const auto state = state_dict(optimizer);
  const auto group = state["param_groups"][0];
  CHECK(keys_of(group) == keys{"lr", "pair", "clip", "mode", "kind", "params"});
  CHECK(group["pair"][1].as<int>() == 3);
  CHECK(group["clip"].is_none());
  CHECK(group["mode"].as<std::string>() == "fast");
  CHECK(state["state"][0]["step"].as<double>() == 4);
  CHECK(state["state"][0]["sum"].shape() == ingot::shape{2, 3});

  flat other{.params = {&weight}};
  load_state_dict(other, state);
  CHECK(other.step == 4);
  CHECK(other.sums == optimizer.sums);
}

TEST_CASE("a slot has an element a parameter or none") {
  tensor<float> weight({2, 3}), bias({2});
  sgd optimizer{{{{&weight, &bias}}}};
  optimizer.momentum_buffer.resize(1);
  CHECK_THROWS_AS(state_dict(optimizer), ingot::value_error);
  optimizer.momentum_buffer.resize(3);
  CHECK_THROWS_AS(state_dict(optimizer), ingot::value_error);
}

TEST_CASE("the state of a temporary doesn't compile") {
  CHECK(has_state_dict<sgd&>);
  CHECK(has_state_dict<const sgd&>);
  CHECK(!has_state_dict<sgd>);
}

}  // namespace optimizer_state_test
