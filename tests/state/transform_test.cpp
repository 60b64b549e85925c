// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <optional>
#include <stdexcept>
#include <vector>

#include <ingot/state/dict.hpp>
#include <ingot/state/transform.hpp>
#include <ingot/storage/tensor.hpp>

namespace transform_test {

using ingot::kind;
using ingot::tensor_data;
using ingot::value;

namespace {
tensor_data as_parameter(tensor_data tensor) {
  tensor.is_parameter = true;
  return tensor;
}
}  // namespace

TEST_CASE("every tensor is replaced, wherever it is, and nothing else") {
  const ingot::tensor<float> weight(ingot::shape{2});
  const value original = value::make_mapping(kind::counter,
                                             {{"w", weight},
                                              {weight, "a tensor as key"},
                                              {"o", value::make_object("a.B", {{"x", weight}})}},
                                             {{"_metadata", ingot::list{weight}}});
  const value result = ingot::transform_tensors(original, as_parameter);
  CHECK(result.kind() == kind::counter);
  CHECK(result["w"].tensor().is_parameter);
  CHECK(result.items()[1].first.tensor().is_parameter);
  CHECK(result["o"].items()[0].second.tensor().is_parameter);
  CHECK(result["o"].class_name() == "a.B");
  CHECK(result.attributes()[0].second[0].tensor().is_parameter);
  CHECK_FALSE(original["w"].tensor().is_parameter);
  CHECK(ingot::transform_tensors(value(weight), as_parameter).tensor().is_parameter);
  CHECK(ingot::transform_tensors(value(3), as_parameter).integer() == 3);
  CHECK(ingot::transform_tensors(value("text"), as_parameter).text() == "text");
}

TEST_CASE("arrays stay arrays, unless the leaf says what they become") {
  const value array = value::make_ndarray(value(ingot::tensor<float>(ingot::shape{2})).tensor());
  const value state = ingot::dict{{"a", array}};
  CHECK(ingot::transform_tensors(state, as_parameter)["a"].kind() == kind::ndarray);
  const value tensors =
      ingot::transform_tensors(state, [](const tensor_data& tensor) { return value(tensor); });
  CHECK(tensors["a"].is_tensor());
}

TEST_CASE("a shared node is visited once, a thousand levels of pairs included") {
  value shared(ingot::tensor<float>(ingot::shape{2}));
  for (int i = 0; i < 1000; ++i) shared = value::make_sequence(kind::tuple, {shared, shared});
  int visits = 0;
  value result = ingot::transform_tensors(shared, [&](const tensor_data& tensor) {
    ++visits;
    return tensor;
  });
  CHECK(visits == 1);
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(result.elements()[0].identity() == result.elements()[1].identity());
    result = value(result.elements()[0]);
  }
  CHECK(result.is_tensor());
}

TEST_CASE("what is asked for is replaced whole, and what has none of it stays itself") {
  const value object = value::make_object("a.B", {{"x", 1}});
  const value tree = ingot::dict{{"o", object},
                                 {"plain", ingot::list{1, ingot::list{2}}},
                                 {object, "an object as key"},
                                 {"set", value::make_sequence(kind::set, {object})}};
  const auto replace = [](const value& of) -> std::optional<value> {
    if (of.kind() == kind::object) return value("replaced");
    return std::nullopt;
  };
  const value all = ingot::transform(tree, replace);
  CHECK(all["o"].text() == "replaced");
  CHECK(all["plain"].identity() == tree["plain"].identity());
  CHECK(all.items()[2].first.text() == "replaced");
  CHECK(all["set"].elements()[0].text() == "replaced");
  const value kept = ingot::transform(tree, replace, ingot::transformed_parts::hashable_kept);
  CHECK(kept["o"].text() == "replaced");
  CHECK(kept.items()[2].first.identity() == object.identity());
  CHECK(kept["set"].identity() == tree["set"].identity());
}

TEST_CASE("tensors are visited in no promised order, an exception passes through") {
  const value tensors =
      ingot::list{ingot::tensor<float>(ingot::shape{2}), ingot::tensor<int>(ingot::shape{})};
  CHECK_THROWS_AS(
      ingot::transform_tensors(
          tensors, [](const tensor_data&) -> tensor_data { throw std::runtime_error("no"); }),
      std::runtime_error);
}

}  // namespace transform_test
