// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/state/load.hpp>
#include <ingot/state/regex_rename.hpp>
#include <ingot/state/state_dict.hpp>
#include <ingot/storage/tensor.hpp>

namespace load_names_test {
namespace {

using ingot::dict;
using ingot::load_state_dict;
using ingot::state_dict;
using ingot::tensor;
using names = std::vector<std::string>;

struct linear {
  tensor<float> weight, bias;
};
struct net {
  linear fc1, fc2;
};
struct wrapped {
  net model;
};

net example() {
  const auto filled = [](ingot::shape extents) { return tensor<float>(std::move(extents)); };
  return {{filled({2, 3}), filled({2})}, {filled({1, 2}), filled({1})}};
}

template <class Rename>
dict renamed(const dict& state, Rename rename) {
  std::vector<ingot::value::pair> items;
  for (const auto& [key, content] : state) items.emplace_back(rename(key.text()), content);
  return dict(ingot::value::make_mapping(ingot::kind::dict, std::move(items)));
}

dict prefixed(const dict& state, const std::string& prefix) {
  return renamed(state, [&](const std::string& name) { return prefix + name; });
}

template <class Model>
std::string advice(Model model, const ingot::value& state) {
  try {
    load_state_dict(model, state);
  } catch (const ingot::mismatch_error& failure) {
    CHECK(std::string(failure.what()).find(failure.report().advice) != std::string::npos);
    return failure.report().advice;
  }
  return "loaded";
}

}  // namespace

TEST_CASE("names are stripped, then renamed, then prefixed, then filtered") {
  const wrapped source{example()};
  net model;
  std::vector<std::string> seen;
  const ingot::load_options options{
      .strip_prefix = "model.",
      .add_prefix = "f",
      .rename =
          [&](std::string_view name) {
            seen.emplace_back(name);
            return std::string(name.substr(1));
          },
      .filter = [](std::string_view name) { return name.starts_with("fc1."); }};
  const auto report = load_state_dict(model, state_dict(source), options);
  CHECK(seen == names{"fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"});
  CHECK(report.complete());
  CHECK(report.loaded == names{"fc1.weight", "fc1.bias"});
  CHECK(model.fc1.weight.defined());
  CHECK(!model.fc2.weight.defined());
}

TEST_CASE("a submodule of what was saved is loaded alone, as strictly") {
  const wrapped source{example()};
  const dict state = state_dict(source);
  net model;
  CHECK(load_state_dict(model, state, {.submodule = "model"}).complete());
  CHECK(model.fc2.bias.defined());
  linear part;
  CHECK(load_state_dict(part, state, {.submodule = "model.fc1"}).loaded == names{"weight", "bias"});
  CHECK(part.weight.shape() == ingot::shape{2, 3});
  CHECK_THROWS_WITH_AS(load_state_dict(part, state, {.submodule = "model.fc"}),
                       doctest::Contains("No name of the file begins with \"model.fc.\"; did "
                                         "you mean \"model.fc1\"?"),
                       ingot::mismatch_error);
  CHECK_THROWS_WITH_AS(load_state_dict(part, state, {.submodule = "model."}),
                       doctest::Contains("write .submodule = \"model.fc1\""),
                       ingot::mismatch_error);
  const dict checkpoint{{"state", state}, {"epoch", 3}};
  CHECK_THROWS_WITH_AS(load_state_dict(part, checkpoint, {.submodule = "model.fc1"}),
                       doctest::Contains("write ingot::load_state_dict(model, ingot::open(file)"
                                         "[\"state\"], {.submodule = \"model.fc1\"})"),
                       ingot::mismatch_error);
  CHECK_THROWS_WITH_AS(load_state_dict(part, checkpoint, {.submodule = "state"}),
                       doctest::Contains("it is a key of a checkpoint: write ingot::load_state_dict"
                                         "(model, ingot::open(file)[\"state\"])"),
                       ingot::mismatch_error);
  std::vector<ingot::value::pair> items(state.items().begin(), state.items().end());
  items.emplace_back(7, 8);
  const auto numbered = ingot::value::make_mapping(ingot::kind::dict, std::move(items));
  CHECK(load_state_dict(part, numbered, {.submodule = "model.fc1."}).complete());
}

TEST_CASE("two keys that become one name are an error") {
  const net source = example();
  net model;
  CHECK_THROWS_AS(load_state_dict(model, state_dict(source),
                                  {.rename = [](std::string_view) { return "fc1.weight"; }}),
                  ingot::value_error);
}

TEST_CASE("a regular expression renames") {
  const net source = example();
  const dict state = prefixed(state_dict(source), "module.");
  net model;
  load_state_dict(model, state, {.rename = ingot::regex_rename("^module\\.", "")});
  CHECK(model.fc2.bias.defined());
  CHECK(ingot::regex_rename("layer(\\d+)\\.", "layers.$1.")("layer12.bias") == "layers.12.bias");
  CHECK_THROWS_AS(ingot::regex_rename("(", ""), ingot::value_error);
}

TEST_CASE("a regular expression refuses a name on which it would overflow the stack") {
  const auto rename = ingot::regex_rename("(a|b)*$", "");
  CHECK(rename(std::string(1024, 'a')).empty());
  CHECK_THROWS_AS(rename(std::string(100'000, 'a')), ingot::value_error);
}

TEST_CASE("a whole checkpoint is recognised, and what to load of it is said") {
  const net source = example();
  const dict state = state_dict(source);
  CHECK(advice(net{}, dict{{"epoch", 3},
                           {"optimizer_state_dict", dict{{"state", dict{}}}},
                           {"model_state_dict", state}}) ==
        "This is a checkpoint that has the model's state inside: write "
        "ingot::load_state_dict(model, ingot::open(file)[\"model_state_dict\"])");
  CHECK(advice(net{}, dict{{"state_dict", prefixed(state, "model.")},
                           {"pytorch-lightning_version", "2.5"}}) ==
        "This is a checkpoint that has the model's state inside: write "
        "ingot::load_state_dict(model, ingot::open(file)[\"state_dict\"], {.strip_prefix = "
        "\"model.\"})");
}

TEST_CASE("a prefix that one side has is recognised, and which option removes it is said") {
  const net source = example();
  const dict state = state_dict(source);
  CHECK(advice(net{}, prefixed(state, "module.")) ==
        "The file's names begin with \"module.\" (as torch.nn.DataParallel saves them): write "
        ".strip_prefix = \"module.\"");
  CHECK(advice(net{}, prefixed(state, "_orig_mod.")) ==
        "The file's names begin with \"_orig_mod.\" (as a model of torch.compile saves them): "
        "write .strip_prefix = \"_orig_mod.\"");
  CHECK(advice(net{}, prefixed(state, "backbone.body.")) ==
        "The file's names begin with \"backbone.body.\": write .strip_prefix = "
        "\"backbone.body.\"");
  CHECK(advice(wrapped{}, state) ==
        "The model's names begin with \"model.\", the file's don't: write .add_prefix = "
        "\"model.\"");
}

TEST_CASE("a prefix that a part of the file's names has is that of a submodule") {
  const net source = example();
  CHECK(advice(linear{}, state_dict(source)) ==
        "Only a part of the file's names begin with \"fc1.\": to load that submodule alone, write "
        ".submodule = \"fc1\"");
}

TEST_CASE("what is loaded already isn't given up for a submodule") {
  const net source = example();
  dict state = renamed(state_dict(source), [](const std::string& name) {
    return name.starts_with("fc2") ? "old." + name : name;
  });
  state = dict(state.with("extra", tensor<float>(ingot::shape{1})));
  CHECK(advice(net{}, state).ends_with("write .strip_prefix = \"old.\""));
}

TEST_CASE("the advice about a prefix works") {
  const net source = example();
  net model;
  CHECK(load_state_dict(model, prefixed(state_dict(source), "module."), {.strip_prefix = "module."})
            .complete());
  wrapped outer;
  CHECK(load_state_dict(outer, state_dict(source), {.add_prefix = "model."}).complete());
}

TEST_CASE("compiled modules inside a model are recognised") {
  const net source = example();
  const dict state = renamed(state_dict(source), [](const std::string& name) {
    return name.substr(0, 4) + "_orig_mod." + name.substr(4);
  });
  CHECK(advice(net{}, state).find("ingot::regex_rename(\"_orig_mod\\\\.\", \"\")") !=
        std::string::npos);
  net model;
  load_state_dict(model, state, {.rename = ingot::regex_rename("_orig_mod\\.", "")});
  CHECK(model.fc1.bias.defined());
}

TEST_CASE("a mistyped member isn't left out by an option") {
  const net source = example();
  const dict state = state_dict(source);
  const auto typo = [](const std::string& name) {
    return name == "fc1.weight" ? "fc1.wieght" : name;
  };
  CHECK(advice(net{}, renamed(state, typo)).starts_with("Where a name is nearly the file's"));
  const auto capital = [](const std::string& name) { return "F" + name.substr(1); };
  CHECK(advice(net{}, renamed(state, capital)).starts_with("Where a name is nearly the file's"));
}

TEST_CASE("a bare number that the file has as a tensor is explained") {
  const net source = example();
  const tensor<std::int64_t> count(ingot::shape{});
  const dict state(state_dict(source).with("num_batches_tracked", count));
  CHECK(advice(net{}, state) ==
        "\"num_batches_tracked\" is one number (int64): a bare number of a model isn't state, "
        "an ingot::buffer<number> is; .strict = false leaves it out");
}

TEST_CASE("names that just differ, and shapes, get the options that let them be") {
  const net source = example();
  const dict state = state_dict(source);
  CHECK(advice(net{}, renamed(state, [](const std::string& name) {
                 return name + "-of-another";
               })) == "Nothing of the file fits the model: is it the right file?");
  net narrow;
  narrow.fc1.weight = tensor<float>(ingot::shape{2, 2});
  CHECK(advice(narrow, state) == "To load only what fits, write .skip_mismatched = true");
  const dict less(ingot::value::make_mapping(ingot::kind::dict,
                                             {state.items().begin(), state.items().end() - 1}));
  CHECK(advice(narrow, less) ==
        "To load only what fits, write .strict = false, .skip_mismatched = true");
  CHECK(load_state_dict(narrow, less, {.strict = false, .skip_mismatched = true}).loaded ==
        names{"fc1.bias", "fc2.weight"});
}

TEST_CASE("a checkpoint without the model's names is told from another model's file") {
  const dict other{{"w", tensor<float>(ingot::shape{1})}};
  const dict checkpoint{{"epoch", 3}, {"model", other}, {"optimizer", dict{{"lr", 0.1}}}};
  CHECK(advice(net{}, dict{{"state", dict{}}, {"lr", 1}}) ==
        "Nothing of the file fits the model: is it the right file?");
  CHECK(advice(net{}, checkpoint) ==
        "Nothing of the file fits the model, but it is a checkpoint, with states under \"model\": "
        "std::cout << ingot::open(file)[key] shows what is there");
}

TEST_CASE("a file that has more than the model may be of a longer vector") {
  const net source = example();
  CHECK(advice(net{}, state_dict(source).with("fc3.weight", tensor<float>(ingot::shape{1})))
            .find("give it the file's length") != std::string::npos);
}

}  // namespace load_names_test
