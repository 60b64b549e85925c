// SPDX-License-Identifier: Apache-2.0
#include "models.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <ingot/ingot.hpp>

#include "describe_state.hpp"

namespace {

using contract::holder;

struct vector_layer {
  std::int64_t rows = 2, columns = 3;
  std::vector<float> weight, bias;

  static consteval auto describe() {
    using self = vector_layer;
    return ingot::members(
        ingot::plain_member<&self::rows>, ingot::plain_member<&self::columns>,
        ingot::parameter_member<&self::weight, "", ingot::shaped<&self::rows, &self::columns>>,
        ingot::parameter_member<&self::bias>);
  }
};
struct array_layer {
  std::array<float, 6> weight{};
  std::array<float, 2> bias{};

  static consteval auto describe() {
    return ingot::members(ingot::parameter_member<&array_layer::weight, "", ingot::shaped<2, 3>>,
                          ingot::parameter_member<&array_layer::bias>);
  }
};
struct span_layer {
  std::span<float> weight, bias;

  static consteval auto describe() {
    return ingot::members(ingot::parameter_member<&span_layer::weight, "", ingot::shaped<2, 3>>,
                          ingot::parameter_member<&span_layer::bias>);
  }
};
struct shared_layer {
  ingot::shared_tensor<float> weight{}, bias{};
};

template <class Layer>
struct model_of {
  Layer first{}, second{};
  ingot::buffer<std::int64_t> steps{};
};

/// Calls use(model) with an empty model.
template <class Use>
void with_empty(holder where, Use use) {
  switch (where) {
    case holder::tensor: {
      contract::model model;
      return use(model);
    }
    case holder::vector: {
      model_of<vector_layer> model;
      return use(model);
    }
    case holder::array: {
      model_of<array_layer> model;
      return use(model);
    }
    case holder::span: {
      std::vector<float> arena(16);
      const std::span<float> all(arena);
      model_of<span_layer> model;
      model.first = {all.subspan(0, 6), all.subspan(6, 2)};
      model.second = {all.subspan(8, 6), all.subspan(14, 2)};
      return use(model);
    }
    case holder::shared: {
      model_of<shared_layer> model;
      return use(model);
    }
  }
}

}  // namespace

namespace contract {

model filled_model() {
  model result;
  float number = 0.5F;
  for (layer* each : {&result.first, &result.second}) {
    each->weight = ingot::tensor<float>(ingot::shape{2, 3});
    each->bias = ingot::tensor<float>(ingot::shape{2});
    for (float& element : each->weight) element = number++;
    for (float& element : each->bias) element = number++;
  }
  result.steps = std::int64_t{1} << 40;
  return result;
}

void with_state_of(holder where, const std::function<void(const ingot::value&)>& use) {
  const model source = filled_model();
  with_empty(where, [&](auto& model) {
    ingot::load_state_dict(model, ingot::state_dict(source));
    use(ingot::state_dict(model));
  });
}

std::string loaded_into(holder where, const ingot::opened_file& file) {
  std::string text;
  with_empty(where, [&](auto& model) {
    const ingot::load_report report = ingot::load_state_dict(model, file);
    text = report.complete() ? describe_elements(ingot::state_dict(model)) : "not complete";
  });
  return text;
}

std::string format_of(const std::filesystem::path& file) { return ingot::open(file).format(); }

void save_by_suffix(const model& source, const std::filesystem::path& path) {
  ingot::save(source, path);
}

}  // namespace contract

TEST_CASE("the models of the contract are the same state over every storage") {
  std::set<std::string> descriptions;
  for (const holder where : contract::all_holders) {
    contract::with_state_of(where, [&](const ingot::value& state) {
      CHECK(state.size() == 5);
      descriptions.insert(contract::describe_elements(state));
    });
  }
  CHECK(descriptions.size() == 1);
}
