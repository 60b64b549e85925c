// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ingot/state/as.hpp>
#include <ingot/state/state_dict.hpp>
#include <ingot/storage/tensor.hpp>

namespace state_dict_test {

using ingot::kind;
using ingot::shape;
using ingot::tensor;
using ingot::value;
using names = std::vector<std::string>;

namespace {

struct linear {
  tensor<float> weight{shape{2, 3}}, bias{shape{2}};
};

struct batch_norm {
  static constexpr int version = 2;
  tensor<float> weight{shape{2}}, bias{shape{2}};
  ingot::buffer<tensor<float>> running_mean{shape{2}};
  ingot::buffer<std::int64_t> num_batches_tracked = 5;
  ingot::transient<tensor<float>> scratch;
  float eps = 1e-5f;
};

struct network {
  linear first;  // declared before the tensors: PyTorch lists a module's own first
  ingot::buffer<tensor<float>> mean{shape{1}};
  tensor<float> scale{shape{}};
  batch_norm norm;
  std::vector<linear> layers = std::vector<linear>(2);
  std::optional<linear> head;
};

struct tied_network {
  std::shared_ptr<linear> encoder = std::make_shared<linear>();
  std::shared_ptr<linear> decoder = encoder;
};

struct declared_ties {
  tensor<float> wte{shape{2}}, lm_head{shape{2}};
  static constexpr auto tied = ingot::tied<"wte", "lm_head">;
};

names keys_of(const ingot::dict& state) {
  names result;
  for (const auto& [key, content] : state) result.push_back(key.text());
  return result;
}

template <class Model>
concept has_state_dict = requires(Model&& model) { ingot::state_dict(std::forward<Model>(model)); };
static_assert(has_state_dict<linear&>);
static_assert(has_state_dict<const linear&>);
static_assert(!has_state_dict<linear>, "a temporary's tensors would be gone");
static_assert(!has_state_dict<const linear>);

}  // namespace

TEST_CASE("a state_dict has PyTorch's names in PyTorch's order, without transients") {
  const network model;
  CHECK(keys_of(ingot::state_dict(model)) ==
        names{"scale", "mean", "first.weight", "first.bias", "norm.weight", "norm.bias",
              "norm.running_mean", "norm.num_batches_tracked", "layers.0.weight", "layers.0.bias",
              "layers.1.weight", "layers.1.bias"});
}

TEST_CASE("a state_dict refers to the model, its clone doesn't") {
  network model;
  const ingot::dict state = ingot::state_dict(model);
  const ingot::dict best = state.clone();
  model.first.weight[4] = 7;
  model.norm.num_batches_tracked = 6;
  CHECK(state["first.weight"].as<tensor<float>>()[4] == 7);
  CHECK(best["first.weight"].as<tensor<float>>()[4] == 0);
  CHECK(state["norm.num_batches_tracked"].as<int>() == 6);
  CHECK(best["norm.num_batches_tracked"].as<int>() == 5);
  CHECK(state["norm.num_batches_tracked"].type() == ingot::dtype::int64);
  CHECK(state["first.weight"].tensor().bytes->data() ==
        reinterpret_cast<const std::byte*>(model.first.weight.data()));
}

TEST_CASE("names of one tensor share a storage, other tensors don't") {
  const tied_network model;
  const ingot::dict state = ingot::state_dict(model);
  CHECK(keys_of(state) ==
        names{"encoder.weight", "encoder.bias", "decoder.weight", "decoder.bias"});
  CHECK(state["encoder.weight"].tensor().bytes == state["decoder.weight"].tensor().bytes);
  CHECK(state["encoder.bias"].tensor().bytes == state["decoder.bias"].tensor().bytes);
  CHECK(state["encoder.weight"].tensor().bytes != state["encoder.bias"].tensor().bytes);
}

TEST_CASE("a tensor that never got a shape is refused by its name") {
  network model;
  model.layers[1].bias = tensor<float>();
  CHECK_THROWS_WITH_AS(ingot::state_dict(model),
                       "layers.1.bias: expected a tensor with a shape, found one that was never "
                       "given any; construct or load it first; a tensor that may be absent is "
                       "std::optional",
                       ingot::value_error);
}

TEST_CASE("it is a plain dict, or on request PyTorch's OrderedDict with versions") {
  const network model;
  CHECK(ingot::state_dict(model).kind() == kind::dict);
  CHECK(ingot::state_dict(model).attributes().empty());

  const ingot::dict state = ingot::state_dict(model, {.metadata = true});
  CHECK(state.kind() == kind::ordered_dict);
  REQUIRE(state.attributes().size() == 1);
  CHECK(state.attributes()[0].first.text() == "_metadata");
  const value& metadata = state.attributes()[0].second;
  CHECK(metadata.kind() == kind::ordered_dict);
  CHECK(metadata[""]["version"].integer() == 1);
  CHECK(metadata["norm"]["version"].integer() == 2);
  CHECK(metadata["layers.1"]["version"].integer() == 1);
  CHECK(metadata.contains("layers"));
  CHECK_FALSE(metadata.contains("head"));
}

TEST_CASE("tensors that a descriptor ties are one storage, and a difference isn't lost silently") {
  declared_ties model;
  const ingot::dict same = ingot::state_dict(model);
  CHECK(same["wte"].tensor().bytes == same["lm_head"].tensor().bytes);
  model.lm_head[1] = 3;
  CHECK_THROWS_WITH_AS(ingot::state_dict(model),
                       "lm_head: expected the bytes of the tensor that it is tied to, float32 [2], "
                       "found others, float32 [2]; copy the one that counts over the other before "
                       "saving",
                       ingot::value_error);
  model.lm_head = tensor<float>(shape{3});
  CHECK_THROWS_AS(ingot::state_dict(model), ingot::value_error);
}

}  // namespace state_dict_test
