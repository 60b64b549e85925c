// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/state/dict.hpp>
#include <ingot/state/optimizer.hpp>
#include <ingot/storage/tensor.hpp>

#include "optimizers.hpp"

namespace optimizer_load_test {
namespace {

using ingot::dict;
using ingot::list;
using ingot::load_state_dict;
using ingot::state_dict;
using ingot::tensor;
using ingot::value;
using names = std::vector<std::string>;

tensor<float> filled(ingot::shape extents, float number) {
  tensor<float> result(std::move(extents));
  for (float& element : result) element = number;
  return result;
}

/// {index: entry}
value by_index(std::vector<value::pair> entries) {
  return value::make_mapping(ingot::kind::dict, std::move(entries));
}

template <class Optimizer>
std::string failure(Optimizer& optimizer, const value& state) {
  try {
    load_state_dict(optimizer, state);
  } catch (const ingot::error& error) {
    return error.what();
  }
  return "loaded";
}

bool contains(const std::string& text, std::string_view part) {
  CAPTURE(text);
  return text.find(part) != std::string::npos;
}

struct fixture {
  tensor<float> weight{ingot::shape{2, 3}};
  tensor<float> bias{ingot::shape{2}};
  sgd optimizer{{{{&weight, &bias}, 0.1, 0.9}}, {}};

  fixture() {
    optimizer.momentum_buffer.push_back(filled({2, 3}, 1));
    optimizer.momentum_buffer.push_back(filled({2}, 2));
  }
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "an empty optimizer gets hyper-parameters and slots") {
  sgd other{{{{&weight, &bias}}}};
  const auto report = load_state_dict(other, state_dict(optimizer));
  CHECK(report.complete());
  CHECK(report.loaded == names{"state.0.momentum_buffer", "state.1.momentum_buffer",
                               "param_groups.0.lr", "param_groups.0.momentum",
                               "param_groups.0.weight_decay"});
  CHECK(other.groups[0].lr == 0.1);
  CHECK(other.momentum_buffer.at(1)[1] == 2);
}

TEST_CASE_FIXTURE(fixture, "a file from before the first step clears the slots") {
  const sgd fresh{{{{&weight, &bias}}}};
  load_state_dict(optimizer, state_dict(fresh));
  CHECK(!optimizer.momentum_buffer[0].defined());
  adam stepped{.params = {&weight}};
  stepped.states.push_back({.step = 3, .exp_avg = weight, .exp_avg_sq = weight});
  const adam unstepped{.params = {&weight}};
  load_state_dict(stepped, state_dict(unstepped));
  CHECK(stepped.states[0].step == 0);
  CHECK(!stepped.states[0].exp_avg.defined());
}

TEST_CASE_FIXTURE(fixture, "None is no state, as SGD without momentum had in older PyTorch") {
  const dict group{{"lr", 1}, {"momentum", 0}, {"weight_decay", 0}, {"params", list{0, 1}}};
  const dict state{{"state", by_index({{0, dict{{"momentum_buffer", nullptr}}},
                                       {1, dict{{"momentum_buffer", nullptr}}}})},
                   {"param_groups", list{group}}};
  CHECK(load_state_dict(optimizer, state).complete());
  CHECK(!optimizer.momentum_buffer[1].defined());
}

TEST_CASE_FIXTURE(fixture, "indices of a file are any, in the order of params") {
  const dict group{{"lr", 1}, {"momentum", 0}, {"weight_decay", 0}, {"params", list{7, 3}}};
  const tensor<float> matrix = filled({2, 3}, 5), vector = filled({2}, 6);
  const dict state{{"state", by_index({{3, dict{{"momentum_buffer", vector}}},
                                       {7, dict{{"momentum_buffer", matrix}}}})},
                   {"param_groups", list{group}}};
  load_state_dict(optimizer, state);
  CHECK(optimizer.momentum_buffer[0][0] == 5);
  CHECK(optimizer.momentum_buffer[1][0] == 6);
}

TEST_CASE_FIXTURE(fixture, "groups and their sizes must be the same") {
  sgd other{{{{&weight}}, {{&bias}}}, {}};
  CHECK(contains(failure(other, state_dict(optimizer)),
                 "number of parameter groups differs for param_groups: the file has 1, the "
                 "optimizer 2"));
  sgd smaller{{{{&weight}}}, {}};
  CHECK(contains(failure(smaller, state_dict(optimizer)),
                 "number of parameters differs for param_groups.0.params: the file has 2, the "
                 "optimizer 1"));
}

TEST_CASE_FIXTURE(fixture, "a slot must have the shape of its parameter") {
  sgd other{{{{&bias, &weight}}}, {}};
  CHECK(contains(failure(other, state_dict(optimizer)),
                 "size mismatch for state.0.momentum_buffer: the file has [2, 3], the optimizer "
                 "[2]"));
  CHECK(other.momentum_buffer.empty());
  CHECK(other.groups[0].lr == 0.001);
}

TEST_CASE_FIXTURE(fixture, "another optimizer's state is refused by what differs") {
  adam other{.params = {&weight, &bias}};
  const std::string text = failure(other, state_dict(optimizer));
  CHECK(contains(text, "\"state.0.exp_avg\""));
  CHECK(contains(text, "\"param_groups.0.betas\""));
  CHECK(contains(text, "Unexpected key(s) in state_dict: \"param_groups.0.momentum\""));
  CHECK(contains(text, "\"state.1.momentum_buffer\""));
}

TEST_CASE_FIXTURE(fixture, "a hyper-parameter that the optimizer can't follow is an error") {
  const auto with = [](const char* key, value content) {
    return dict{{"state", by_index({})},
                {"param_groups", list{dict{{"lr", 1},
                                           {"momentum", 0},
                                           {"weight_decay", 0},
                                           {key, std::move(content)},
                                           {"params", list{0, 1}}}}}};
  };
  CHECK(contains(failure(optimizer, with("nesterov", true)),
                 "hyper-parameter mismatch for param_groups.0.nesterov: the file has True, the "
                 "optimizer has no member for it and computes with False"));
  CHECK(failure(optimizer, with("dampening", 0)) == "loaded");
  CHECK(failure(optimizer, with("fused", true)) == "loaded");
  CHECK(contains(failure(optimizer, with("initial_lr", 0.1)),
                 "Unexpected key(s) in state_dict: \"param_groups.0.initial_lr\""));
}

TEST_CASE_FIXTURE(fixture, "a hyper-parameter of another kind is an error and changes nothing") {
  const dict group{{"lr", "fast"}, {"momentum", 0.5}, {"weight_decay", 0}, {"params", list{0, 1}}};
  CHECK(contains(failure(optimizer, dict{{"state", by_index({})}, {"param_groups", list{group}}}),
                 "hyper-parameter mismatch for param_groups.0.lr: expected float"));
  CHECK(optimizer.groups[0].momentum == 0.9);
  CHECK(optimizer.momentum_buffer[0][0] == 1);
}

TEST_CASE("step is taken as a tensor of any dtype or a number, if it is whole") {
  tensor<float> weight({1});
  const auto with_step = [&](value step) {
    return dict{
        {"state",
         by_index(
             {{0, dict{{"step", std::move(step)}, {"exp_avg", weight}, {"exp_avg_sq", weight}}}})},
        {"param_groups", list{dict{{"lr", 1},
                                   {"betas", ingot::tuple{0.9, 0.99}},
                                   {"eps", 0.1},
                                   {"amsgrad", false},
                                   {"params", list{0}}}}}};
  };
  adam optimizer{.params = {&weight}};
  load_state_dict(optimizer, with_step(5));
  CHECK(optimizer.states.at(0).step == 5);
  CHECK(optimizer.betas[1] == 0.99);
  load_state_dict(optimizer, with_step(tensor<double>({}, {})));
  CHECK(optimizer.states[0].step == 0);
  CHECK(contains(failure(optimizer, with_step(2.5)), "number mismatch for state.0.step"));
}

TEST_CASE_FIXTURE(fixture, "a whole checkpoint is recognised, and what to load of it is said") {
  CHECK(contains(failure(optimizer, dict{{"epoch", 3}, {"optimizer", state_dict(optimizer)}}),
                 "write ingot::load_state_dict(optimizer, ingot::open(file)[\"optimizer\"])"));
  CHECK(contains(failure(optimizer, value(3)), "expected a dict with the keys"));
}

TEST_CASE_FIXTURE(fixture, "what a file has beyond the parameters is unexpected") {
  const dict group{{"lr", 1}, {"momentum", 0}, {"weight_decay", 0}, {"params", list{0, 1}}};
  const dict state{{"state", by_index({{9, dict{{"momentum_buffer", weight}}}})},
                   {"param_groups", list{group}}};
  CHECK(contains(failure(optimizer, state), "Unexpected key(s) in state_dict: \"state.9\""));
}

TEST_CASE_FIXTURE(fixture, "a parameter twice in params is an error, not two of them") {
  const dict group{{"lr", 1}, {"momentum", 0}, {"weight_decay", 0}, {"params", list{0, 0}}};
  CHECK(contains(failure(optimizer, dict{{"state", by_index({})}, {"param_groups", list{group}}}),
                 "every parameter once"));
}

}  // namespace optimizer_load_test
