// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include <ingot/ingot.hpp>
#include <ingot/state/leaves.hpp>

namespace leaves_test {
namespace {

using ingot::dict;
using ingot::list;
using ingot::tensor;
using ingot::value;

std::vector<std::string> names(const value& root) {
  std::vector<std::string> result;
  for (const ingot::leaf& part : ingot::leaves_of(root)) result.push_back(part.name);
  return result;
}

}  // namespace

TEST_CASE("leaves are named by the keys and indices that lead to them") {
  const value root = dict{{"model", dict{{"a.weight", 1}, {"b", list{2, dict{}}}}}, {"epoch", 3}};
  CHECK(names(root) ==
        std::vector<std::string>{"model.a.weight", "model.b.0", "model.b.1", "epoch"});
}

TEST_CASE("flatten joins names and leaves attributes out") {
  const value state = value::make_mapping(ingot::kind::ordered_dict, {{"weight", 1}},
                                          {{"_metadata", dict{{"", 1}}}});
  const value flat = ingot::flatten(dict{{"model", state}, {"epoch", 3}});
  CHECK(flat.size() == 2);
  CHECK(flat["model.weight"].as<int>() == 1);
  CHECK(flat["epoch"].as<int>() == 3);
}

TEST_CASE("a key is a name in a flat dict, whatever it is made of") {
  const value pair = value(std::vector<value>{1, 2});
  const value weight = tensor<float>(ingot::shape{2});
  const value flat = ingot::flatten(value::make_mapping(
      ingot::kind::dict, {{ingot::tuple{1, 2}, 3}, {weight, 4}, {"list", pair}}));
  CHECK(flat.size() == 4);
  CHECK(flat["list.1"].as<int>() == 2);
}

TEST_CASE("flatten refuses two leaves of one name") {
  const value root = dict{{"a.b", 1}, {"a", dict{{"b", 2}}}};
  CHECK_THROWS_AS(ingot::flatten(root), ingot::value_error);
}

TEST_CASE("flatten refuses a few nodes that are many leaves") {
  value bomb = list{1, 2};
  for (int i = 0; i < 40; ++i) bomb = list{value(bomb), value(bomb)};
  CHECK_THROWS_AS(ingot::flatten(bomb), ingot::value_error);
}

TEST_CASE("a tree isn't flattened to nothing where it has tensors in attributes") {
  const auto tree = [](std::vector<value::pair> items, value attribute) {
    return value::make_mapping(ingot::kind::ordered_dict, std::move(items),
                               {{"a", std::move(attribute)}});
  };
  const value weight = tensor<float>(ingot::shape{2});
  CHECK_THROWS_AS(ingot::flatten(tree({}, value(std::vector<value>{weight}))), ingot::value_error);
  CHECK(ingot::flatten(tree({{"w", weight}}, weight)).size() == 1);
  CHECK(ingot::flatten(tree({}, 3)).size() == 0);
}

TEST_CASE("a deferred tensor is made at the first look, once, and again after a failure") {
  const tensor<float> made(ingot::shape{2});
  int calls = 0;
  const value lazy = value::make_deferred_tensor([&] {
    if (++calls == 1) throw ingot::file_error({.file = "shard"});
    return value(made).tensor();
  });
  CHECK(lazy.is_tensor());
  CHECK(calls == 0);
  CHECK_THROWS_AS(lazy.shape(), ingot::file_error);
  CHECK(lazy.shape() == ingot::shape{2});
  CHECK(lazy.as<tensor<float>>().size() == 2);
  CHECK(calls == 2);
}

TEST_CASE("what a deferred tensor turns out to be must lie in its storage") {
  const tensor<float> made(ingot::shape{2});
  const value lazy = value::make_deferred_tensor([&] {
    ingot::tensor_data wrong = value(made).tensor();
    wrong.offset = 1;
    return wrong;
  });
  CHECK_THROWS_AS(lazy.tensor(), ingot::value_error);
}

TEST_CASE("a load asks for the deferred tensors that it needs and for no other") {
  struct model_type {
    tensor<float> weight{};
  } model;
  const tensor<float> made(ingot::shape{2});
  const value state =
      dict{{"weight", value::make_deferred_tensor([&] { return value(made).tensor(); })},
           {"other", value::make_deferred_tensor(
                         []() -> ingot::tensor_data { throw std::logic_error("not needed"); })}};
  const auto report = ingot::load_state_dict(model, state, {.strict = false});
  CHECK(report.unexpected == std::vector<std::string>{"other"});
  CHECK(model.weight.size() == 2);
}

}  // namespace leaves_test
