// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/format/pt2/state.hpp>
#include <ingot/io/memory_source.hpp>

namespace pt2_test {

using ingot::value;
using ingot::detail::pt2::payload_reader;
using ingot::detail::pt2::pickled;

namespace {

const std::string two = R"([{"as_int": 2}])";
const std::string one = R"([{"as_int": 1}])";

std::string meta(const std::string& sizes, const std::string& strides,
                 const std::string& offset = R"({"as_int": 0})", const std::string& type = "7") {
  return R"({"dtype": )" + type + R"(, "sizes": )" + sizes + R"(, "strides": )" + strides +
         R"(, "storage_offset": )" + offset +
         R"(, "requires_grad": true, "device": {"type": "cuda", "index": 1}, "layout": 7})";
}

std::string entry(const std::string& name, const std::string& tensor,
                  const std::string& record = "weight_0", const std::string& use_pickle = "false") {
  return '"' + name + R"(": {"path_name": ")" + record + R"(", "is_param": true, "use_pickle": )" +
         use_pickle + R"(, "tensor_meta": )" + tensor + '}';
}

/// Each record has 8 bytes.
std::vector<value::pair> read(const std::string& entries, pickled what = pickled::refused) {
  payload_reader reader("file", "record", [](const std::string& record) {
    return ingot::extent{
        .from = ingot::from_memory(std::vector<std::byte>(8)), .size = 8, .record = record};
  });
  return reader.run(R"({"config": {)" + entries + "}}", what);
}

std::string refusal(const std::string& entries) {
  try {
    read(entries);
  } catch (const ingot::format_error& failure) {
    return failure.what();
  }
  return {};
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("a payload is a view of its record") {
  const auto tensors =
      read(entry("a", meta(one, one, R"({"as_int": 1})")) + ',' + entry("b", meta(two, one)) + ',' +
           entry("c", meta("[]", "[]"), "other"));
  REQUIRE(tensors.size() == 3);
  const ingot::tensor_data& first = tensors[0].second.tensor();
  CHECK(tensors[0].first.text() == "a");
  CHECK(first.shape == ingot::shape{1});
  CHECK(first.offset == 1);
  CHECK(first.type == ingot::dtype::float32);
  CHECK(first.is_parameter);
  CHECK(first.requires_grad);
  CHECK(first.device == ingot::device("cuda", 1));
  CHECK(tensors[1].second.tensor().bytes == first.bytes);
  CHECK(tensors[2].second.tensor().bytes != first.bytes);
}

TEST_CASE("fields that a newer PyTorch may add are passed over, whatever they hold") {
  const std::string added = R"("x": {"as_int": [null, true, 1e9, "t", {"config": {}}]}, )";
  std::string tensor = meta(two, one);
  tensor.insert(1, added);
  CHECK(read(R"("a": {)" + added + entry("a", tensor).substr(6)).size() == 1);
}

TEST_CASE("of a field that comes twice the last counts, as in PyTorch") {
  std::string tensor = meta(two, one);
  tensor.insert(1, R"("sizes": [{"as_int": 9}, {"as_int": 9}], "dtype": 3, )");
  const auto tensors = read(entry("a", tensor));
  CHECK(tensors[0].second.shape() == ingot::shape{2});
  CHECK(tensors[0].second.type() == ingot::dtype::float32);
}

TEST_CASE("of a tensor_meta that comes twice an earlier one fills no gap of the last") {
  const std::string whole = meta(two, one);
  const auto twice = [&](const std::string& last) {
    return refusal(entry("a", whole + R"(, "tensor_meta": )" + last));
  };
  CHECK(twice(whole).empty());
  CHECK(contains(twice(R"({"dtype": 7})"), R"("a": expected sizes, found none)"));
  CHECK(contains(twice("{}"), "expected dtype, found none"));
  CHECK(contains(twice("null"), "expected dtype, found none"));
}

TEST_CASE("what is missing or isn't what it should be is named") {
  CHECK(contains(refusal(R"("a": {})"), R"(record, "a": expected path_name, found none)"));
  CHECK(contains(refusal(R"("a": 3)"), R"("a": expected an object with path_name)"));
  CHECK(contains(refusal(entry("a", "null")), "expected dtype, found none"));
  CHECK(contains(refusal(entry("a", "[]")), "expected a value of tensor_meta, found an array"));
  CHECK(contains(refusal(entry("a", meta("[1]", one))), "an object with as_int, found a number"));
  CHECK(contains(refusal(entry("a", meta("[{}]", one))), "expected as_int, found none"));
  CHECK(contains(refusal(entry("a", meta(R"([{"as_int": 1.0}])", one))), "as_int, found 1.0"));
  CHECK(contains(refusal(entry("a", meta(R"([{"as_int": 9223372036854775808}])", one))),
                 "found 9223372036854775808"));
  CHECK(contains(refusal(entry("a", meta(R"([{"as_expr": "s0"}])", one))), "found \"as_expr\""));
  CHECK(contains(refusal(entry("a", meta(two, one, R"({"as_int": 0})", "-1"))),
                 "the code of a dtype, found -1"));
  CHECK(contains(refusal(entry("a", meta(two, one, "3"))), "a value of storage_offset"));
  CHECK(contains(refusal(entry("a", meta(two, one), "w", "3")), "a value of use_pickle"));
  CHECK(contains(refusal(entry("a", meta(two, one)) + ',' + entry("a", meta(two, one))),
                 R"("a": expected one of that name, found a second one)"));
}

TEST_CASE("a payload that reaches outside of its record is refused") {
  CHECK(contains(refusal(entry("a", meta(R"([{"as_int": 3}])", one))), R"("a": expected)"));
  CHECK(contains(refusal(entry("a", meta(two, one, R"({"as_int": 1})"))), "past its end"));
  CHECK(contains(refusal(entry("a", meta(two, one, R"({"as_int": -1})"))), "the offset -1"));
  CHECK(contains(refusal(entry("a", meta(two, R"([{"as_int": -1}])"))), "the stride -1"));
  CHECK(contains(refusal(entry("a", meta(R"([{"as_int": -2}])", one))), "negative extents"));
  CHECK(contains(refusal(entry("a", meta(two, "[]"))), "1 extents and 0 strides"));
  CHECK(contains(refusal(entry("a", meta(two, R"([{"as_int": 9223372036854775807}])"))),
                 "past its end"));
  CHECK(contains(refusal(entry("a", meta(two, one, R"({"as_int": 0})", "8"))), "past its end"));
}

TEST_CASE("what is pickled is refused as a weight and left out as a constant") {
  const std::string entries =
      entry("a", "null", "custom_obj_0", "true") + ',' + entry("b", meta(two, one));
  CHECK(contains(refusal(entries), R"("a": expected the elements of a tensor, found a pickle)"));
  const auto kept = read(entries, pickled::left_out);
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].first.text() == "b");
}

TEST_CASE("a configuration of any depth is read without recursion, and damaged JSON refused") {
  CHECK(contains(refusal(R"("a": {"x": )" + std::string(100'000, '[')), "record, byte"));
  CHECK(contains(refusal("\"a\""), "expected JSON"));
  payload_reader reader("file", "record", {});
  for (const char* json : {"[]", "3", "null", "{}", "{\"x\": {}}", ""}) {
    CAPTURE(json);
    CHECK_THROWS_AS(reader.run(json, pickled::refused), ingot::format_error);
  }
}

}  // namespace pt2_test
