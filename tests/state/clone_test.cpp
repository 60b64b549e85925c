// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include <ingot/io/memory_source.hpp>
#include <ingot/state/as.hpp>
#include <ingot/state/dict.hpp>
#include <ingot/state/locate.hpp>
#include <ingot/storage/tensor.hpp>

namespace clone_test {

using ingot::dict;
using ingot::kind;
using ingot::tensor_data;
using ingot::value;

namespace {

tensor_data view_of(ingot::storage_ptr bytes, ingot::shape shape, std::int64_t offset) {
  tensor_data tensor;
  tensor.bytes = std::move(bytes);
  tensor.strides = ingot::contiguous_strides(shape);
  tensor.shape = std::move(shape);
  tensor.offset = offset;
  return tensor;
}

/// Four floats, 1 to 4, in a file.
ingot::storage_ptr file_of_floats(bool big_endian = false) {
  std::vector<std::byte> bytes(16);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto number = static_cast<float>(i + 1);
    const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(4 * i);
    std::memcpy(&*at, &number, 4);
    if (big_endian) std::reverse(at, at + 4);
  }
  return std::make_shared<const ingot::storage>(ingot::extent{
      .from = ingot::from_memory(std::move(bytes)), .size = 16, .big_endian = big_endian});
}

std::vector<float> floats(const value& tensor) { return tensor.as<std::vector<float>>(); }

}  // namespace

TEST_CASE("a clone keeps its bytes when the original changes or goes") {
  auto weight = std::make_unique<ingot::tensor<float>>(ingot::shape{2});
  const dict refers{{"weight", *weight}, {"epoch", 3}};
  const dict copy = refers.clone();
  (*weight)[0] = 5;
  CHECK(floats(refers["weight"])[0] == 5);
  CHECK(floats(copy["weight"])[0] == 0);
  weight.reset();
  CHECK(floats(copy["weight"]) == std::vector<float>{0, 0});
  CHECK(copy["epoch"].integer() == 3);
}

TEST_CASE("a clone has its tensors in memory, with what else they had") {
  tensor_data parameter = view_of(file_of_floats(), {2}, 1);
  parameter.requires_grad = parameter.is_parameter = true;
  const value copy = value(parameter).clone();
  CHECK(copy.tensor().bytes->in_memory());
  CHECK(floats(copy) == std::vector<float>{2, 3});
  CHECK(copy.tensor().is_parameter);
  CHECK(copy.tensor().requires_grad);
  CHECK(value::make_ndarray(parameter).clone().kind() == kind::ndarray);
}

TEST_CASE("what a file has of another device needs a destination to be cloned") {
  tensor_data there = view_of(file_of_floats(), {4}, 0);
  there.device = ingot::device("cuda:1");
  CHECK_THROWS_WITH_AS(value(there).clone(), doctest::Contains("map_location"), ingot::value_error);
  const value located = ingot::locate(value(there), {{"cuda:1", ingot::host_space}});
  CHECK(floats(located.clone()) == std::vector<float>{1, 2, 3, 4});
  CHECK(located.clone().tensor().device == ingot::device("cpu"));
  tensor_data sparse;  // parts go with the whole
  sparse.layout = ingot::layout::sparse_coo;
  sparse.parts = std::make_shared<const value>(dict{{"values", value(there)}});
  CHECK_THROWS_AS(value(sparse).clone(), ingot::value_error);
  const value parts = ingot::locate(value(sparse), ingot::host_space).clone();
  CHECK(floats((*parts.tensor().parts)["values"]) == std::vector<float>{1, 2, 3, 4});
}

TEST_CASE("a clone of a big-endian file is in the host's order") {
  const value original(view_of(file_of_floats(true), {4}, 0));
  const value copy = original.clone();
  CHECK_FALSE(copy.tensor().bytes->big_endian());
  CHECK(floats(copy) == std::vector<float>{1, 2, 3, 4});
  CHECK(floats(copy) == floats(original));
}

TEST_CASE("aliases stay aliases in a clone, and different storages different") {
  const auto shared = file_of_floats();
  const value original = dict{{"a", value(view_of(shared, {2}, 0))},
                              {"b", value(view_of(shared, {2}, 2))},
                              {"c", value(view_of(file_of_floats(), {2}, 0))}};
  const value copy = original.clone();
  CHECK(copy["a"].tensor().bytes == copy["b"].tensor().bytes);
  CHECK(copy["a"].tensor().bytes != copy["c"].tensor().bytes);
  CHECK(copy["a"].tensor().bytes != shared);
  CHECK(floats(copy["b"]) == std::vector<float>{3, 4});
}

TEST_CASE("what is shared in a tree is shared in its clone") {
  const value tensor(view_of(file_of_floats(), {4}, 0));
  const value inner = ingot::list{tensor, 1};
  const value original = ingot::tuple{inner, dict{{"again", inner}}, tensor};
  const value copy = original.clone();
  CHECK(copy.kind() == kind::tuple);
  CHECK(copy[0].identity() != inner.identity());
  CHECK(copy[0].identity() == copy[1]["again"].identity());
  CHECK(copy[0][0].identity() == copy[2].identity());
}

TEST_CASE("a clone has the kinds, classes, keys and attributes of the original") {
  const value original = value::make_mapping(
      kind::ordered_dict,
      {{"set", value::make_sequence(kind::set, {1, 2})},
       {ingot::tuple{1, "a"}, value::make_object("a.B", {{"x", ingot::list{}}})},
       {"cycle", value::make_cycle()},
       {"big", value::make_integer(std::string(9, '\x7f'))}},
      {{"_metadata", dict{{"", dict{{"version", 1}}}}}});
  const value copy = original.clone();
  CHECK(copy.kind() == kind::ordered_dict);
  CHECK(copy["set"].kind() == kind::set);
  CHECK(copy.items()[1].first[1].text() == "a");
  CHECK(copy.items()[1].second.class_name() == "a.B");
  CHECK(copy.items()[1].second.items()[0].second.kind() == kind::list);
  CHECK(copy["cycle"].kind() == kind::cycle);
  CHECK(copy["big"].integer_octets() == std::string(9, '\x7f'));
  REQUIRE(copy.attributes().size() == 1);
  CHECK(copy.attributes()[0].second[""]["version"].integer() == 1);
}

TEST_CASE("sparse and quantized tensors are cloned with their parts") {
  const auto shared = file_of_floats();
  tensor_data sparse;
  sparse.layout = ingot::layout::sparse_coo;
  sparse.shape = {100};
  sparse.parts = std::make_shared<const value>(dict{{"values", value(view_of(shared, {2}, 0))}});
  tensor_data quantized = view_of(shared, {4}, 0);
  ingot::quantizer how;
  how.scales = std::make_shared<const value>(view_of(shared, {2}, 2));
  quantized.quantizer = std::make_shared<const ingot::quantizer>(how);
  const value copy = ingot::list{value(sparse), value(quantized)}.clone();
  const auto& values = (*copy[0].tensor().parts)["values"].tensor();
  CHECK(values.bytes->in_memory());
  CHECK(values.bytes == copy[1].tensor().bytes);
  CHECK(floats(*copy[1].tensor().quantizer->scales) == std::vector<float>{3, 4});
  CHECK(copy[1].tensor().quantizer->scales->tensor().bytes == values.bytes);
  CHECK(copy[1].tensor().quantizer->zero_points == nullptr);
}

TEST_CASE("an empty tensor is cloned") {
  CHECK(value(ingot::tensor<float>(ingot::shape{0, 3})).clone().shape() == ingot::shape{0, 3});
}

TEST_CASE("a tree a million levels deep is cloned without a stack as deep") {
  value original(view_of(file_of_floats(), {4}, 0));
  constexpr int depth = 1'000'000;
  for (int i = 0; i < depth; ++i) original = value::make_sequence(kind::list, {original});
  value copy = original.clone();
  original = value();
  int levels = 0;
  while (copy.kind() == kind::list) {
    copy = value(copy.elements()[0]);
    ++levels;
  }
  CHECK(levels == depth);
  CHECK(floats(copy) == std::vector<float>{1, 2, 3, 4});
}

}  // namespace clone_test
