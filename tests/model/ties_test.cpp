// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <ingot/model/parameters.hpp>
#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

namespace ties_test {
namespace {

using ingot::shape;

template <class Model>
std::vector<std::size_t> ties_of(Model& model) {
  std::vector<std::size_t> result;
  for (const auto& entry : ingot::collect(model)) result.push_back(entry.tie);
  return result;
}
using indices = std::vector<std::size_t>;

struct linear {
  ingot::tensor<float> weight{shape{4}};
};

TEST_CASE("what several shared_ptrs hold is tied to its first name") {
  struct net {
    std::shared_ptr<linear> encoder = std::make_shared<linear>();
    linear middle;
    std::shared_ptr<linear> decoder = encoder;
  };
  const net model;
  CHECK(ties_of(model) == indices{0, 1, 0});
  CHECK(ingot::parameter_count(model) == 8);
}

struct language_model {
  static constexpr auto tied = ingot::tied<"lm_head.weight", "wte.weight">;
  linear wte, other, lm_head;
};

TEST_CASE("declared names are tied, listed once, and counted once") {
  language_model model;
  CHECK(ties_of(model) == indices{0, 1, 0});
  const auto parameters = ingot::named_parameters(model);
  CHECK(parameters.size() == 2);
  CHECK(parameters[0].name == "wte.weight");
  CHECK(ingot::parameter_count(model) == 8);
}

TEST_CASE("declared paths are relative to the module that declares them") {
  std::vector<language_model> unused(2);
  struct pair {
    std::array<language_model, 2> models;
  } model;
  CHECK(ties_of(model) == indices{0, 1, 0, 3, 4, 3});
}

struct described {
  std::vector<linear> layers;
  std::optional<linear> head;
  std::map<std::string, linear> named;
  std::shared_ptr<linear> shared;
  std::shared_ptr<linear> again = shared;
  static consteval auto describe() {
    using namespace ingot;
    return members(member<&described::layers>, member<&described::head>, member<&described::named>,
                   member<&described::shared>, member<&described::again>,
                   tied<"layers.0.weight", "head.weight", "named.out.weight">,
                   tied<"layers.1.weight", "again.weight">);
  }
};

TEST_CASE("a declared name that isn't there is no tie, and groups that meet become one") {
  described model;
  model.layers.resize(2);
  CHECK(ties_of(model) == indices{0, 1});
  model.named["out"];
  CHECK(ties_of(model) == indices{0, 1, 0});
  model.head.emplace();
  model.shared = model.again = std::make_shared<linear>();
  CHECK(ties_of(model) == indices{0, 1, 0, 0, 1, 1});
}

}  // namespace

}  // namespace ties_test
