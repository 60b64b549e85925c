// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/state/as.hpp>
#include <ingot/state/dict.hpp>
#include <ingot/storage/tensor.hpp>

#include "crafted_record.hpp"

namespace native_write_test {

using namespace native_record;
using ingot::kind;
using ingot::value;

namespace {

std::string refused(const value& state) {
  ingot::memory_sink out;
  try {
    ingot::binary::write(ingot::dict{{"outer", ingot::list{1, state}}}, out);
  } catch (const ingot::value_error& failure) {
    CHECK(out.bytes().empty());
    return failure.what();
  }
  return {};
}

ingot::tensor_data over(std::int64_t elements, ingot::dtype type = ingot::dtype::float32) {
  static const std::array<std::byte, 64> memory{};
  return {.bytes = std::make_shared<const ingot::storage>(memory.data(), memory.size()),
          .type = type,
          .shape = {elements},
          .strides = {1}};
}

}  // namespace

TEST_CASE("what can't be held is refused with its path, before a byte is written") {
  const std::string path = "[\"outer\"][1]: expected ";
  CHECK(contains(refused("\xff"), path + "text in UTF-8"));
  CHECK(contains(refused(value::make_integer(std::string(1025, '\1'))), "1024 bytes"));
  CHECK(contains(refused(value::make_object(std::string(257, 'a'), {})), "256 bytes"));
  CHECK(contains(refused(ingot::tensor_data{.shape = {2}, .strides = {1}}), "with a storage"));
  CHECK(contains(refused(over(2, ingot::dtype::qint8)), "a quantizer"));
  auto quantized = over(2, ingot::dtype::qint8);
  quantized.quantizer = std::make_shared<ingot::quantizer>(ingot::quantizer{.scheme = "q"});
  CHECK(contains(refused(quantized), "a qscheme"));
  CHECK(contains(refused(value::make_mapping(kind::ordered_dict, {}, {{1, 2}})), "names are str"));
  ingot::tensor_data sparse{.shape = {2}, .layout = ingot::layout::sparse_coo};
  CHECK(contains(refused(sparse), "parts"));
  sparse.parts = std::make_shared<const value>(ingot::dict{{"values", over(1)}});
  CHECK(contains(refused(sparse), path + "a strided tensor as part"));
  ingot::tensor_data meta{.shape = {2, 3}, .layout = ingot::layout::meta};
  CHECK(contains(refused(meta), "a stride a dimension"));
  meta.strides = {-3, 1};
  CHECK(contains(refused(meta), "negative numbers"));
  CHECK(contains(refused(value::make_ndarray(meta)), "a plain array"));
}

TEST_CASE("metadata must be texts") {
  CHECK_THROWS_AS(written(1, ingot::dict{{"a", 1}}), ingot::value_error);
  CHECK_THROWS_AS(written(1, ingot::dict{{1, "a"}}), ingot::value_error);
  CHECK_THROWS_AS(written(1, ingot::dict{{"a", "\xff"}}), ingot::value_error);
}

TEST_CASE("equal states are equal bytes, whoever else refers to their parts") {
  const auto state = [] {
    return value::make_mapping(
        kind::dict, {{"w", over(4)}, {"again", over(4)}, {"exp_avg", "exp_avg"}, {3, nullptr}});
  };
  const value first = state();
  const std::vector<value> holders{first, first.items()[0].first, first.items()[0].second};
  CHECK(written(first) == written(state()));
  CHECK(written(read(written(first)).root) == written(first));
}

TEST_CASE("what is shared is written once and stays shared: nodes, texts and storages") {
  const value list = ingot::list{1, 2};
  const value twice = read(written(ingot::tuple{list, list})).root;
  CHECK(twice.elements()[0].identity() == twice.elements()[1].identity());
  const value views = read(written(ingot::tuple{over(4), over(2, ingot::dtype::float64)})).root;
  CHECK(views.elements()[0].tensor().bytes == views.elements()[1].tensor().bytes);
  const std::string text(100, 't');
  CHECK(written(ingot::tuple{text, text}).size() == written(text).size());
  const value long_text = std::string(1000, 't');
  CHECK(written(ingot::tuple{long_text, long_text}).size() == written(long_text).size());
}

TEST_CASE("a text that was written long ago is written again") {
  std::vector<value> texts;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 5000; ++i) texts.emplace_back("name" + std::to_string(i));
  }
  const value found = read(written(value::make_sequence(kind::list, texts))).root;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    REQUIRE(found.elements()[i].text() == texts[i].text());
  }
}

TEST_CASE("strides that a shape alone doesn't tell are written: those of an empty huge shape too") {
  ingot::tensor_data empty = over(0);
  empty.shape = {0, std::int64_t{1} << 62, 4};
  empty.strides = ingot::contiguous_strides(empty.shape);
  const value found = read(written(empty)).root;
  CHECK(found.shape() == empty.shape);
  CHECK(found.tensor().strides == empty.strides);
}

TEST_CASE("a big-endian storage is written little-endian, for dtypes that swap alike") {
  const auto shared = std::make_shared<const ingot::storage>(
      ingot::extent{.from = ingot::from_memory(std::vector<std::byte>(8, std::byte{1})),
                    .size = 8,
                    .big_endian = true});
  ingot::tensor_data number{.bytes = shared, .type = ingot::dtype::int32, .shape = {2}};
  number.strides = {1};
  ingot::tensor_data other = number;
  other.type = ingot::dtype::float32;
  CHECK(refused(ingot::list{number, other}).empty());
  other.type = ingot::dtype::int16;
  CHECK(contains(refused(ingot::list{number, other}), "big-endian"));

  std::vector<std::byte> bytes(4);
  bytes[3] = std::byte{7};
  const ingot::tensor_data big{
      .bytes = std::make_shared<const ingot::storage>(ingot::extent{
          .from = ingot::from_memory(std::move(bytes)), .size = 4, .big_endian = true}),
      .type = ingot::dtype::int32};
  CHECK(read(written(value::make_ndarray(big))).root.as<int>() == 7);
}

TEST_CASE("a storage larger than a buffer is written, read and checked whole") {
  ingot::tensor<float> large(ingot::shape{200'000});
  for (std::int64_t i = 0; i < 200'000; ++i) large.data()[i] = static_cast<float>(i);
  const ingot::tensor<float> small(ingot::shape{3});
  const std::string record = written(ingot::dict{{"a", small}, {"b", large}, {"c", small}});
  const value found = read(record).root;
  const auto again = found["b"].as<ingot::tensor<float>>();
  CHECK(again.data()[199'999] == 199'999.0f);
  CHECK(found["a"].tensor().bytes == found["c"].tensor().bytes);
  CHECK(record.size() < 64 + 128 + 64 + 800'000 + 64 + 64);
}

}  // namespace native_write_test
