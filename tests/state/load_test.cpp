// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ingot/core/tensor_view.hpp>
#include <ingot/describe/role.hpp>
#include <ingot/state/load.hpp>
#include <ingot/state/state_dict.hpp>
#include <ingot/storage/scalar.hpp>
#include <ingot/storage/std_vector.hpp>
#include <ingot/storage/tensor.hpp>

namespace load_test {
namespace {

using ingot::dict;
using ingot::load_state_dict;
using ingot::mismatch_error;
using ingot::state_dict;
using ingot::tensor;
using names = std::vector<std::string>;

struct linear {
  tensor<float> weight, bias;
};
struct net {
  linear fc1, fc2;
};
struct counted {
  tensor<float> weight;
  ingot::buffer<std::int64_t> num_batches_tracked{};
};
struct tied {
  std::shared_ptr<linear> encoder = std::make_shared<linear>();
  std::shared_ptr<linear> decoder = encoder;
};

struct declared_tie {
  linear encoder, decoder;

  static consteval auto describe() {
    return ingot::members(ingot::member<&declared_tie::encoder>,
                          ingot::member<&declared_tie::decoder>,
                          ingot::tied<"encoder.weight", "decoder.weight">);
  }
};

template <class T>
tensor<T> counting(ingot::shape extents, T first) {
  tensor<T> result(std::move(extents));
  for (T& element : result) element = first++;
  return result;
}

net example() {
  return {{counting<float>({2, 3}, 0), counting<float>({2}, 10)},
          {counting<float>({1, 2}, 20), counting<float>({1}, 30)}};
}

template <class Load>
ingot::load_report report_of_failure(Load load) {
  try {
    load();
  } catch (const mismatch_error& failure) {
    return failure.report();
  }
  FAIL("no mismatch_error");
  return {};
}

template <class Load>
std::string message_of_failure(Load load) {
  try {
    load();
  } catch (const ingot::error& failure) {
    return failure.what();
  }
  FAIL("no error");
  return {};
}

bool contains(const std::string& text, std::string_view part) {
  CAPTURE(text);
  return text.find(part) != std::string::npos;
}

/// A state under other keys.
template <class Rename>
dict renamed(const dict& state, Rename rename) {
  std::vector<ingot::value::pair> items;
  for (const auto& [key, content] : state) items.emplace_back(rename(key.text()), content);
  return dict(ingot::value::make_mapping(ingot::kind::dict, std::move(items)));
}

}  // namespace

TEST_CASE("a tensor without a shape takes the file's") {
  const net source = example();
  net model;
  const auto report = load_state_dict(model, state_dict(source));
  CHECK(report.complete());
  CHECK(report.loaded == names{"fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"});
  CHECK(model.fc1.weight.shape() == ingot::shape{2, 3});
  CHECK(std::ranges::equal(model.fc1.weight, source.fc1.weight));
  CHECK(model.fc2.bias[0] == 30);
}

TEST_CASE("a tensor with a shape keeps its memory") {
  const net source = example();
  net model = example();
  std::ranges::fill(model.fc1.weight, -1.0f);
  const float* before = model.fc1.weight.data();
  load_state_dict(model, state_dict(source));
  CHECK(model.fc1.weight.data() == before);
  CHECK(std::ranges::equal(model.fc1.weight, source.fc1.weight));
}

TEST_CASE("a strict load that fails reports everything and changes nothing") {
  net source = example();
  source.fc1.weight = counting<float>({3, 2}, 0);
  const dict state = renamed(state_dict(source), [](const std::string& name) {
    return name == "fc2.bias" ? std::string("fc2.bais") : name;
  });
  net model = example();
  std::ranges::fill(model.fc1.bias, -1.0f);
  const auto report = report_of_failure([&] { load_state_dict(model, state); });
  CHECK(report.loaded.empty());
  CHECK(report.missing == names{"fc2.bias"});
  CHECK(report.unexpected == names{"fc2.bais"});
  REQUIRE(report.mismatched.size() == 1);
  CHECK(report.mismatched[0].name == "fc1.weight");
  CHECK(report.mismatched[0].expected_shape == ingot::shape{2, 3});
  CHECK(report.mismatched[0].found_shape == ingot::shape{3, 2});
  CHECK(model.fc1.bias[0] == -1);
}

TEST_CASE("without strict, missing and unexpected keys are reported and the rest is loaded") {
  const net source = example();
  const dict state = renamed(state_dict(source), [](const std::string& name) {
    return name == "fc2.bias" ? std::string("other") : name;
  });
  net model;
  const auto report = load_state_dict(model, state, {.strict = false});
  CHECK(report.missing == names{"fc2.bias"});
  CHECK(report.unexpected == names{"other"});
  CHECK(report.loaded == names{"fc1.weight", "fc1.bias", "fc2.weight"});
  CHECK(!model.fc2.bias.defined());
  CHECK(model.fc1.bias[1] == 11);
}

TEST_CASE("a shape that differs is an error without strict too, but for skip_mismatched") {
  const net source = example();
  net model = example();
  model.fc2.weight = counting<float>({2, 1}, 5);
  CHECK_THROWS_AS(load_state_dict(model, state_dict(source), {.strict = false}), mismatch_error);
  std::ranges::fill(model.fc1.weight, -1.0f);
  const auto report = load_state_dict(model, state_dict(source), {.skip_mismatched = true});
  CHECK(report.mismatched.size() == 1);
  CHECK(model.fc2.weight[0] == 5);
  CHECK(model.fc1.weight[1] == 1);
}

TEST_CASE("a dtype that differs is an error that names the option, which converts") {
  struct doubles {
    tensor<double> weight;
  };
  struct floats {
    tensor<float> weight;
  };
  const doubles source{counting<double>({2}, 0.1)};
  floats model;
  CHECK(contains(message_of_failure([&] { load_state_dict(model, state_dict(source)); }),
                 "dtype mismatch for weight: the file has float64, the model float32; to convert "
                 "it, write .cast = true"));
  load_state_dict(model, state_dict(source), {.cast = true});
  CHECK(model.weight[1] == 1.1f);
}

TEST_CASE("a plain number fits a 0-d tensor that holds exactly it") {
  counted model;
  const tensor<float> weight({1});
  load_state_dict(model, dict{{"weight", weight}, {"num_batches_tracked", 7}});
  CHECK(model.num_batches_tracked == 7);
  load_state_dict(model, dict{{"weight", weight}, {"num_batches_tracked", 8.0}});
  CHECK(model.num_batches_tracked == 8);
  CHECK_THROWS_AS(load_state_dict(model, dict{{"weight", weight}, {"num_batches_tracked", 8.5}}),
                  mismatch_error);
  CHECK(contains(message_of_failure([&] {
                   load_state_dict(model, dict{{"weight", 1}, {"num_batches_tracked", 8}});
                 }),
                 "not a tensor for weight: the file has int"));
}

TEST_CASE("tensors that aren't strided numbers are refused by what they are") {
  counted model;
  const auto refused = [&](ingot::tensor_data data) {
    return message_of_failure([&] {
      load_state_dict(model, dict{{"weight", std::move(data)}, {"num_batches_tracked", 8}});
    });
  };
  CHECK(contains(refused({.shape{1}, .layout = ingot::layout::sparse_coo}),
                 "the file has a sparse_coo tensor"));
  CHECK(contains(refused({.shape{1}, .layout = ingot::layout::meta}), "a meta tensor"));
  CHECK(contains(
      refused({.type = ingot::dtype::qint8, .quantizer = std::make_shared<ingot::quantizer>()}),
      "a quantized tensor"));
}

TEST_CASE("an extra state that is no tensor is unexpected, not an error of its own") {
  net model;
  const net source = example();
  std::vector<ingot::value::pair> items;
  const dict good = state_dict(source);
  items.assign(good.begin(), good.end());
  items.emplace_back("fc1._extra_state", dict{{"amax", 1.0}});
  items.emplace_back(3, 4);
  const auto state = ingot::value::make_mapping(ingot::kind::dict, std::move(items));
  const auto report = load_state_dict(model, state, {.strict = false});
  CHECK(report.unexpected == names{"fc1._extra_state", "3"});
}

TEST_CASE("what is no dict is refused") {
  net model;
  CHECK_THROWS_AS(load_state_dict(model, ingot::value(3)), ingot::value_error);
}

TEST_CASE("one name of a tied tensor in the file is enough") {
  const tensor<float> weight = counting<float>({2, 2}, 1);
  const tensor<float> bias = counting<float>({2}, 5);
  tied model;
  const auto report =
      load_state_dict(model, dict{{"decoder.weight", weight}, {"encoder.bias", bias}});
  CHECK(report.complete());
  CHECK(report.loaded.size() == 4);
  CHECK(model.encoder->weight[3] == 4);
  CHECK(model.encoder->bias[1] == 6);
}

TEST_CASE("each tensor that a descriptor ties gets the bytes, whichever name the file has") {
  const tensor<float> weight = counting<float>({2, 2}, 1);
  const tensor<float> bias = counting<float>({2}, 5);
  declared_tie model;
  load_state_dict(model,
                  dict{{"decoder.weight", weight}, {"encoder.bias", bias}, {"decoder.bias", bias}});
  CHECK(model.encoder.weight[3] == 4);
  CHECK(model.decoder.weight[3] == 4);
}

TEST_CASE("different bytes under tied names are an error, equal ones aren't") {
  const tensor<float> weight = counting<float>({2, 2}, 1);
  const tensor<float> bias = counting<float>({2}, 5);
  tensor<float> other = weight;
  tied model;
  const dict state{{"encoder.weight", weight},
                   {"decoder.weight", other},
                   {"encoder.bias", bias},
                   {"decoder.bias", bias}};
  CHECK(load_state_dict(model, state).complete());
  other[3] = -1;
  CHECK(contains(message_of_failure([&] { load_state_dict(model, state); }),
                 "tied values differ for decoder.weight"));
}

TEST_CASE("flat storage takes one dimension and no more") {
  struct flat {
    ingot::parameter<std::vector<float>> weight;
  };
  flat model;
  const tensor<float> vector = counting<float>({3}, 1);
  load_state_dict(model, dict{{"weight", vector}});
  CHECK(model.weight == std::vector<float>{1, 2, 3});
  const tensor<float> matrix({3, 1});
  CHECK_THROWS_AS(load_state_dict(model, dict{{"weight", matrix}}), mismatch_error);
  flat empty;
  CHECK_THROWS_WITH_AS(load_state_dict(empty, dict{{"weight", matrix}}),
                       doctest::Contains("a description says ingot::shaped<...>"), mismatch_error);
}

TEST_CASE("a tensor that few bytes expand to terabytes is refused before it is allocated") {
  counted model;
  const tensor<float> one({1});
  ingot::tensor_data huge = ingot::value(one).tensor();
  huge.shape = {1 << 20, 1 << 20};
  huge.strides = {0, 0};
  CHECK_THROWS_AS(load_state_dict(model, dict{{"weight", huge}, {"num_batches_tracked", 8}}),
                  ingot::value_error);
}

TEST_CASE("masks that were expanded load beside weights, wherever memory is taken for them only") {
  struct {
    tensor<float> weight{{65'536}};  // 256 KiB, which 258 MiB are in proportion to
    std::vector<tensor<std::uint8_t>> masks = std::vector<tensor<std::uint8_t>>(2);
  } model;
  ingot::tensor_data mask = ingot::value(tensor<std::uint8_t>({1})).tensor();
  mask.shape = {std::int64_t{48} << 20};
  mask.strides = {0};
  const dict state{{"weight", tensor<float>({65'536})}, {"masks.0", mask}, {"masks.1", mask}};
  load_state_dict(model, state);
  CHECK(model.masks[1].size() == std::size_t{48} << 20);
  struct {
    std::vector<tensor<std::uint8_t>> masks = std::vector<tensor<std::uint8_t>>(2);
  } bare;
  CHECK_THROWS_WITH_AS(load_state_dict(bare, dict{{"masks.0", mask}, {"masks.1", mask}}),
                       doctest::Contains("masks.1: expected at most 64 MiB"), ingot::value_error);
}

TEST_CASE("loading a model into itself changes nothing") {
  net model = example();
  load_state_dict(model, state_dict(model));
  CHECK(std::ranges::equal(model.fc1.weight, example().fc1.weight));
}

}  // namespace load_test
