// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include <ingot/core/error.hpp>
#include <ingot/model/modules.hpp>
#include <ingot/model/slots.hpp>
#include <ingot/model/training.hpp>
#include <ingot/storage/scalar.hpp>
#include <ingot/storage/std_vector.hpp>
#include <ingot/storage/tensor.hpp>

namespace walk_test {
namespace {

struct linear {
  ingot::tensor<float> weight;
  std::optional<ingot::tensor<float>> bias;
  bool training = true;
};

using names = std::vector<std::string>;

template <class Model>
names names_in(Model& model) {
  names result;
  for (const auto& entry : ingot::collect(model)) result.push_back(entry.name);
  return result;
}

struct relu {};

TEST_CASE("a model may be a list, map or tuple of modules itself") {
  std::tuple<linear, relu, linear> sequential;
  CHECK(names_in(sequential) == names{"0.weight", "2.weight"});
  std::get<2>(sequential).bias.emplace();
  CHECK(names_in(sequential) == names{"0.weight", "2.weight", "2.bias"});
  std::vector<linear> modules(2);
  CHECK(names_in(modules) == names{"0.weight", "1.weight"});
  std::map<std::string, linear> by_name;
  by_name["head"];
  CHECK(names_in(by_name) == names{"head.weight"});
  ingot::eval(sequential);
  CHECK_FALSE(std::get<0>(sequential).training);
  const auto found = ingot::named_modules(sequential);
  REQUIRE(found.size() == 4);
  CHECK(found[0].name.empty());
  CHECK(found[1].name == "0");
}

struct containers {
  std::array<linear, 2> array;
  std::vector<std::vector<linear>> nested;
  std::deque<linear> deque;
  std::map<int, linear> by_number;
  std::tuple<linear, int, std::unique_ptr<linear>> tuple;
  std::pair<linear, linear> pair;
  std::variant<linear, ingot::tensor<float>, int> either;
};

TEST_CASE("containers name their modules by index or key") {
  containers model;
  model.nested.resize(2);
  model.nested[1].resize(1);
  model.deque.resize(1);
  model.by_number[3];
  CHECK(names_in(model) == names{"array.0.weight", "array.1.weight", "nested.1.0.weight",
                                 "deque.0.weight", "by_number.3.weight", "tuple.0.weight",
                                 "pair.0.weight", "pair.1.weight", "either.weight"});
}

TEST_CASE("a variant is what it holds now: a tensor is the module's own and comes first") {
  containers model;
  model.either = ingot::tensor<float>(ingot::shape{1});
  CHECK(names_in(model).front() == "either");
  model.either = 3;
  CHECK(names_in(model).back() == "pair.1.weight");
}

TEST_CASE("an absent optional and a null pointer have no entry") {
  linear model;
  CHECK(names_in(model) == names{"weight"});
  model.bias.emplace();
  CHECK(names_in(model) == names{"weight", "bias"});
}

struct roles {
  ingot::buffer<std::vector<ingot::tensor<float>>> caches;
  ingot::parameter<std::vector<float>> flat;
  ingot::skip<std::vector<linear>> skipped;
  ingot::plain<std::vector<int>> stride;
  std::optional<ingot::buffer<ingot::tensor<float>>> stats;
};

TEST_CASE("a role reaches the tensors in a list; what is skipped or plain has no entry") {
  roles model;
  model.caches.resize(1);
  model.skipped.resize(1);
  model.stats.emplace();
  const auto slots = ingot::collect(model);
  CHECK(names_in(model) == names{"flat", "stats", "caches.0"});
  CHECK(slots[0].kind == ingot::role::parameter);
  CHECK(slots[1].kind == ingot::role::buffer);
  CHECK(slots[2].kind == ingot::role::buffer);
}

TEST_CASE("a wrapped member is used as if it weren't") {
  struct counters {
    ingot::buffer<std::int64_t> steps;
    ingot::buffer<ingot::tensor<float>> mean{ingot::shape{2}};
  } model;
  ++model.steps;
  model.steps += 2;
  model.mean = ingot::tensor<float>(ingot::shape{3});
  CHECK(model.steps == 3);
  CHECK(model.mean.size() == 3);
}

TEST_CASE("a const model is const behind pointers too") {
  struct pointers {
    std::unique_ptr<linear> unique = std::make_unique<linear>();
    std::shared_ptr<ingot::tensor<float>> shared = std::make_shared<ingot::tensor<float>>();
  };
  const pointers model;
  CHECK(names_in(model) == names{"shared", "unique.weight"});
}

struct node {
  ingot::tensor<float> weight;
  std::shared_ptr<node> next;
};

TEST_CASE("a cycle of shared modules is an error; a chain is not") {
  node model;
  model.next = std::make_shared<node>();
  CHECK(names_in(model) == names{"weight", "next.weight"});
  model.next->next = model.next;
  CHECK_THROWS_AS(ingot::collect(model), ingot::value_error);
  model.next->next.reset();
}

TEST_CASE("a key that would change the path is an error") {
  struct dictionary {
    std::map<std::string, linear> heads;
  } model;
  model.heads["a.b"];
  CHECK_THROWS_AS(ingot::collect(model), ingot::value_error);
  model.heads.clear();
  model.heads[""];
  CHECK_THROWS_AS(ingot::collect(model), ingot::value_error);
}

class locked {
 public:
  static consteval auto describe() {
    return ingot::members(ingot::plain_member<&locked::training_, "training">);
  }
  bool training() const { return training_; }

 private:
  bool training_ = true;
};

TEST_CASE("train and eval set the flag of every module that has one, private ones by description") {
  struct net {
    std::vector<linear> layers = std::vector<linear>(2);
    std::unique_ptr<locked> inner = std::make_unique<locked>();
    ingot::skip<linear> untouched;
    int training_steps = 5;
  } model;
  ingot::eval(model);
  CHECK_FALSE(model.layers[1].training);
  CHECK_FALSE(model.inner->training());
  CHECK(model.untouched.training);
  ingot::train(model);
  CHECK(model.layers[1].training);
  CHECK(model.inner->training());
}

}  // namespace

}  // namespace walk_test
