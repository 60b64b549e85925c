// SPDX-License-Identifier: Apache-2.0
#pragma once

// For archives that hold any tree of values, in addition to suite.hpp.

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <ingot/ingot.hpp>

#include "../interop/random_tree.hpp"
#include "arrays.hpp"
#include "describe_state.hpp"
#include "files.hpp"

static_assert(!subject::flat && contract::facts<subject>::exact);

TEST_CASE_TEMPLATE("any tree of values comes back exactly, from every source", A, subject) {
  const ingot::value trees = random_trees(20'240'607, 400, contract::facts<A>::values);
  const std::string before = contract::describe_exactly(trees);
  contract::from_every_source<A>(contract::written<A>(trees),
                                 [&](const char* source, const ingot::value& state) {
                                   CAPTURE(source);
                                   CHECK((contract::describe_exactly(state) == before));
                                 });
}

TEST_CASE_TEMPLATE("a tree of a file is written as the same file", A, subject) {
  for (std::uint64_t seed = 1; seed < 40; ++seed) {
    const auto file = contract::written<A>(random_trees(seed, 5, contract::facts<A>::values));
    CHECK(contract::written<A>(contract::read_back<A>(file)) == file);
    CHECK(contract::written<A>(contract::read_back<A>(file).clone()) == file);
  }
}

TEST_CASE_TEMPLATE("a checkpoint keeps its numbers, its order and its parts", A, subject) {
  const contract::model model = contract::filled_model();
  const ingot::dict checkpoint{
      {"epoch", 3},
      {"best", std::numeric_limits<double>::infinity()},
      {"args", ingot::dict{{"lr", 0.1}, {"betas", ingot::tuple{0.9, 0.999}}, {"name", "adam"}}},
      {"model", ingot::state_dict(model, {.metadata = true})},
      {"history", ingot::list{0.5, 0.25, nullptr}}};
  contract::from_every_source<A>(
      contract::written<A>(checkpoint), [&](const char* source, const ingot::opened_file& file) {
        CAPTURE(source);
        CHECK(contract::describe_exactly(file) == contract::describe_exactly(checkpoint));
        contract::model loaded;
        CHECK(ingot::load_state_dict(loaded, file["model"]).complete());
        CHECK(loaded.second.bias[1] == model.second.bias[1]);
        CHECK(file["args"]["betas"].template as<std::array<double, 2>>()[1] == 0.999);
      });
}

TEST_CASE_TEMPLATE("views of one storage are aliases in the file too, and nodes are shared", A,
                   subject) {
  ingot::tensor_data whole = contract::patterned(ingot::dtype::float32, {4, 6});
  ingot::tensor_data column = whole;
  column.shape = {4};
  column.strides = {6};
  column.offset = 2;
  const ingot::value shared = ingot::list{1, whole};
  const ingot::dict state{{"whole", whole}, {"column", column}, {"a", shared}, {"b", shared}};
  const auto file = contract::written<A>(state);
  const auto opened = contract::read_back<A>(file);
  CHECK(contract::describe_exactly(opened) == contract::describe_exactly(state));
  CHECK(opened["whole"].tensor().bytes == opened["column"].tensor().bytes);
  CHECK(opened["a"].identity() == opened["b"].identity());
  CHECK(file.size() < contract::written<A>(ingot::dict{{"whole", whole}}).size() + 96 + 1'024);
}

TEST_CASE_TEMPLATE("sparse, quantized and meta tensors come back", A, subject) {
  ingot::tensor_data csr;
  csr.layout = ingot::layout::sparse_csr;
  csr.shape = {3, 3};
  csr.parts = std::make_shared<const ingot::value>(
      ingot::dict{{"crow", contract::patterned(ingot::dtype::int64, {4})},
                  {"col", contract::patterned(ingot::dtype::int64, {2})},
                  {"values", contract::patterned(ingot::dtype::float32, {2})}});
  ingot::tensor_data quantized = contract::patterned(ingot::dtype::qint8, {2, 3});
  quantized.quantizer = std::make_shared<const ingot::quantizer>(ingot::quantizer{
      .scheme = "per_channel_affine",
      .scales =
          std::make_shared<const ingot::value>(contract::patterned(ingot::dtype::float64, {2})),
      .zero_points =
          std::make_shared<const ingot::value>(contract::patterned(ingot::dtype::int64, {2})),
      .axis = 1});
  ingot::tensor_data meta;
  meta.layout = ingot::layout::meta;
  meta.device = ingot::device("meta");
  meta.shape = {1'000'000, 1'000'000};
  meta.strides = {1'000'000, 1};
  const ingot::dict state{{"csr", csr}, {"quantized", quantized}, {"meta", meta}};
  const auto opened = contract::read_back<A>(contract::written<A>(state));
  CHECK(contract::describe_exactly(opened) == contract::describe_exactly(state));
}

TEST_CASE_TEMPLATE("a tree thousands of levels deep comes back", A, subject) {
  ingot::value deep(contract::patterned(ingot::dtype::uint8, {3}));
  for (int i = 0; i < 5'000; ++i) {
    deep = i % 2 == 0 ? ingot::value(ingot::list{deep, i}) : ingot::dict{{"next", deep}};
  }
  const auto opened = contract::read_back<A>(contract::written<A>(deep));
  CHECK((contract::describe_exactly(opened) == contract::describe_exactly(deep)));
}
