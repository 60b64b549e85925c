// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>

#include <ingot/core/error.hpp>
#include <ingot/state/as.hpp>
#include <ingot/storage/tensor.hpp>

#include "crafted_record.hpp"

namespace native_record_test {

using namespace native_record;

namespace {

const std::string an_int = "\3\x2a"s;  // 21

}  // namespace

TEST_CASE("a record is what the page says: head, structure, payloads at 64, checksums at the end") {
  const ingot::tensor<float> two(ingot::shape{2});
  const ingot::value state = ingot::dict{{"w", two}, {"n", -3}};
  const std::string nodes =
      "\7\1w"
      "\x13\0\0\1\2\0"
      "\7\1n"
      "\3\5"
      "\x0d\2\0"s;
  const std::string expected =
      record(names({"float32"}) + sizes({8}) + tree(nodes), {std::string(8, '\0')});
  CHECK(written(state) == expected);
  CHECK(expected.size() == 64 + 64 + 64 + 64);
}

TEST_CASE("metadata is a section of its own, and only where there is any") {
  const ingot::value texts = ingot::dict{{"author", "me"}, {"\xc3\xa9", ""}};
  const std::string expected =
      record(section(1, "\2\6author\2me\2\xc3\xa9\0"s) + names({}) + sizes({}) + tree(an_int));
  CHECK(written(21, texts) == expected);
  CHECK(read(expected).metadata["author"].text() == "me");
  CHECK(read(written(21)).metadata.size() == 0);
}

TEST_CASE("what a newer minor version may add is skipped: sections, fields of nodes, its head") {
  const std::string nodes = "\x83\x2a\3abc"s;  // an int, and three bytes that belong to it
  const std::string newer = record(
      section(1, "\0"s) + names({}) + sizes({}) + tree(nodes) + section(9, "an index of tensors"),
      {}, {.minor = 7, .reserved = std::string(28, 'r')});
  CHECK(read(newer).root.as<int>() == 21);
}

TEST_CASE("a kind of node that a newer minor version adds becomes an inert object") {
  const std::string nodes = "\3\2\7\1a\x18\2\3xyz\x0a\1"s;  // kind 24 of two values and "xyz"
  const ingot::value found = read(record(tree(nodes), {}, {.minor = 1})).root;
  REQUIRE(found.size() == 1);
  const ingot::value& added = found.elements()[0];
  CHECK(added.class_name() == "ingot.kind_24");
  CHECK(added.items()[0].second.elements()[1].text() == "a");
  CHECK(added.items()[1].second.text() == "xyz");
  CHECK(contains(refusal(record(tree("\3\2\x18\2\0\x0a\1"s))), "values that are there"));
}

TEST_CASE("a newer major version is refused, saying which one and what to do") {
  const std::string message = refusal(record(tree(an_int), {}, {.major = 3, .minor = 2}));
  CHECK(contains(message, "r.ingot: version"));
  CHECK(contains(message, "found version 3.2"));
  CHECK(contains(message, "update this program"));
  CHECK(contains(refusal(record(tree(an_int), {}, {.major = 0})), "version 0.0"));
}

TEST_CASE("a dtype that a newer version added is named") {
  const std::string message = refusal(of_nodes("\x11\0"s, {"float3"}));
  CHECK(contains(message, "\"float3\""));
  CHECK(contains(message, "newer Ingot"));
}

TEST_CASE("sections come once each, in order") {
  CHECK(contains(refusal(record(tree(an_int) + tree(an_int))), "rising order"));
  CHECK(contains(refusal(record(tree(an_int) + names({}))), "rising order"));
  CHECK(contains(refusal(record(section(0, "") + tree(an_int))), "rising order"));
  CHECK(contains(refusal(record(names({}))), "one value"));
  CHECK(contains(refusal(record("\4\x09\3\2"s)), "at most 2 bytes"));
}

TEST_CASE("nothing follows what a section's count says") {
  CHECK(contains(refusal(record(section(2, "\0x"s) + tree(an_int))), "the end"));
  CHECK(contains(refusal(record(section(3, "\0x"s) + tree(an_int))), "the end"));
  CHECK(contains(refusal(record(section(1, "\0x"s) + tree(an_int))), "the end"));
}

TEST_CASE("sizes must add up to the record, without an overflow") {
  const auto with_sizes = [](std::initializer_list<std::uint64_t> all) {
    return refusal(record(sizes(all) + tree(an_int), {"12345678"}));
  };
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  CHECK(with_sizes({8}).empty());
  CHECK(contains(with_sizes({}), "an end of 64 bytes"));
  CHECK(contains(with_sizes({0}), "an end of 64 bytes"));
  CHECK(contains(with_sizes({64, 64}), "an end of 64 bytes"));
  CHECK(contains(with_sizes({65}), "an end of 64 bytes"));
  CHECK(contains(with_sizes({129}), "larger ones"));
  CHECK(contains(with_sizes({most}), "larger ones"));
  CHECK(contains(with_sizes({8, most - 62}), "larger ones"));
}

TEST_CASE("counts are checked against the bytes that are there") {
  const std::string huge = number(std::numeric_limits<std::uint64_t>::max());
  CHECK(contains(refusal(record(section(2, huge) + tree(an_int))), "names"));
  CHECK(contains(refusal(record(section(3, huge) + tree(an_int))), "sizes"));
  CHECK(contains(refusal(record(section(1, huge) + tree(an_int))), "texts"));
  CHECK(contains(refusal(record("\4"s + huge + an_int)), "bytes"));
  CHECK(contains(refusal(record(section(2, std::string(11, '\xff')) + tree(an_int))), "64 bits"));
}

}  // namespace native_record_test
