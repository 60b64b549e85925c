// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include <ingot/ingot.hpp>

namespace module_test {

using ingot::dict;
using ingot::value;
using items = std::vector<value::pair>;

namespace {

value floats(float first, bool is_parameter = false) {
  ingot::tensor<float> made(ingot::shape{2});
  made[0] = first;
  ingot::tensor_data data = value(std::move(made)).tensor();
  data.is_parameter = is_parameter;
  data.requires_grad = is_parameter;
  return value(std::move(data));
}

value module(items parameters, items buffers = {}, items children = {}, items others = {}) {
  items held{{"training", true},
             {"_parameters", value::make_mapping(ingot::kind::dict, std::move(parameters))},
             {"_buffers", value::make_mapping(ingot::kind::ordered_dict, std::move(buffers))}};
  for (auto& each : others) held.push_back(std::move(each));
  held.emplace_back("_modules", value::make_mapping(ingot::kind::dict, std::move(children)));
  return value::make_object("my.Net", std::move(held));
}

std::vector<std::string> names_of(const dict& state) {
  std::vector<std::string> names;
  for (const auto& [name, content] : state) names.push_back(name.text());
  return names;
}

template <class Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const ingot::value_error& failure) {
    return failure.what();
  }
  return "no error";
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

struct linear {
  ingot::tensor<float> weight{};
};
struct net {
  ingot::tensor<float> scale{};
  linear fc{};
};

value whole_net() {
  return module({{"scale", floats(1, true)}}, {}, {{"fc", module({{"weight", floats(2, true)}})}});
}

}  // namespace

TEST_CASE("an entire module's state is parameters, then persistent buffers, then its children") {
  const value child = module({{"weight", floats(1, true)}}, {{"mean", floats(2)}});
  const value whole = module(
      {{"w", floats(3, true)}, {"absent", value()}}, {{"b", floats(4)}, {"scratch", floats(5)}},
      {{"late", child}, {"gone", value()}, {"tied", child}},
      {{"_non_persistent_buffers_set", value::make_sequence(ingot::kind::set, {"scratch"})}});
  const dict state = ingot::state_dict(whole);
  CHECK(names_of(state) ==
        std::vector<std::string>{"w", "b", "late.weight", "late.mean", "tied.weight", "tied.mean"});
  for (const auto& [name, content] : state) {
    CHECK_FALSE(content.tensor().requires_grad);
    CHECK_FALSE(content.tensor().is_parameter);
  }
  CHECK(state["late.weight"].tensor().bytes == state["tied.weight"].tensor().bytes);
  CHECK(state["w"].as<ingot::tensor<float>>()[0] == 3);
}

TEST_CASE("only what a module's constructor makes tells a module from other objects") {
  CHECK(ingot::is_module(module({})));
  CHECK_FALSE(ingot::is_module(dict{{"_parameters", dict{}}, {"_buffers", dict{}}}));
  CHECK_FALSE(ingot::is_module(value::make_object("a.B", {{"_parameters", dict{}}})));
  CHECK_FALSE(ingot::is_module(
      value::make_object("a.B", {{"_parameters", 1}, {"_buffers", dict{}}, {"_modules", dict{}}})));
  const dict state{{"a", 1}};
  CHECK(ingot::state_dict(state).size() == 1);  // of a dict, the dict
  CHECK(contains(message_of([] { ingot::state_dict(value(3)); }), "expected a torch.nn.Module"));
}

TEST_CASE("a submodule that can't be looked into is an error: state isn't lost silently") {
  CHECK(
      contains(message_of([] { ingot::state_dict(module({}, {}, {{"me", value::make_cycle()}})); }),
               "me: expected a torch.nn.Module"));
  CHECK(contains(message_of([] {
                   ingot::state_dict(module({}, {}, {{"a", module({}, {}, {{"b", value(1)}})}}));
                 }),
                 "a.b: expected"));
  CHECK(contains(message_of([] { ingot::state_dict(module({{3, floats(1)}})); }), "no str"));
  CHECK(contains(message_of([] {
                   ingot::state_dict(
                       module({{"a.w", floats(1)}}, {}, {{"a", module({{"w", floats(1)}})}}));
                 }),
                 "two of this name"));
}

TEST_CASE("modules that are shared so often that their names would fill the memory are refused") {
  value nested = module({{"w", floats(1)}});
  for (int i = 0; i < 40; ++i) nested = module({}, {}, {{"a", nested}, {"b", nested}});
  CHECK(contains(message_of([&] { ingot::state_dict(nested); }), "out of proportion"));
  value chain = module({{"w", floats(1)}});
  for (int i = 0; i < 20'000; ++i) chain = module({}, {}, {{"a", chain}});
  CHECK(ingot::state_dict(chain).size() == 1);
}

TEST_CASE("a model loads from an entire module, by itself or in a checkpoint") {
  net model;
  const auto report = ingot::load_state_dict(model, whole_net());
  CHECK(report.loaded == std::vector<std::string>{"scale", "fc.weight"});
  CHECK(model.fc.weight[0] == 2);
  net other;
  const dict checkpoint{{"epoch", 3}, {"model", whole_net()}};
  ingot::load_state_dict(other, checkpoint["model"]);
  CHECK(other.scale[0] == 1);
  try {
    ingot::load_state_dict(other, checkpoint);
    FAIL("loaded");
  } catch (const ingot::mismatch_error& failure) {
    CHECK(contains(failure.what(), "ingot::open(file)[\"model\"]"));
  }
}

TEST_CASE("a traced or compiled module is the call that would make it") {
  const value inside = whole_net();
  items attributes(inside.items().begin(), inside.items().end());
  const value dict_of = value::make_mapping(ingot::kind::dict, std::move(attributes));
  const auto traced = [&](const char* name) {
    return value::make_object(name, {{"__args__", ingot::tuple{dict_of, "import torch"}}});
  };
  CHECK(names_of(ingot::state_dict(traced("torch.fx.graph_module.reduce_graph_module"))) ==
        std::vector<std::string>{"scale", "fc.weight"});
  CHECK_FALSE(ingot::is_module(traced("my.other.call")));
  const value compiled = value::make_object("torch._dynamo.eval_frame.OptimizedModule",
                                            {{"__args__", ingot::tuple{inside, value()}}});
  CHECK(ingot::is_module(compiled));
  CHECK(names_of(ingot::state_dict(compiled)) ==
        std::vector<std::string>{"_orig_mod.scale", "_orig_mod.fc.weight"});
  CHECK_FALSE(ingot::is_module(
      value::make_object("torch._dynamo.eval_frame.OptimizedModule", {{"__args__", 1}})));
}

}  // namespace module_test
