// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include <ingot/state/dict.hpp>

namespace dict_test {

using ingot::dict;
using ingot::kind;
using ingot::value;

TEST_CASE("a dict is written as in Python and keeps its order") {
  const int epoch = 3;
  const dict checkpoint{{"epoch", epoch},
                        {"loss", 0.5},
                        {"name", "resnet"},
                        {"done", false},
                        {"best", nullptr},
                        {7, ingot::tuple{0.9, 0.999}},
                        {"nested", dict{{"a", dict{}}}}};
  CHECK(checkpoint.kind() == kind::dict);
  std::string order;
  for (const auto& [key, content] : checkpoint) {
    order += key.kind() == kind::string ? key.text() + ' ' : std::string("7 ");
  }
  CHECK(order == "epoch loss name done best 7 nested ");
  CHECK(checkpoint["epoch"].integer() == 3);
  CHECK(checkpoint["name"].kind() == kind::string);
  CHECK(checkpoint["done"].kind() == kind::boolean);
  CHECK(checkpoint["best"].is_none());
  CHECK(checkpoint[7].kind() == kind::tuple);
  CHECK(checkpoint["nested"]["a"].size() == 0);
}

TEST_CASE("a dict of one pair of texts is a dict") {
  const dict state{{"key", "text"}};
  REQUIRE(state.size() == 1);
  CHECK(state["key"].text() == "text");
  CHECK(dict{{"a", "b"}, {"c", "d"}}.size() == 2);
  CHECK(dict{}.begin() == dict{}.end());
}

TEST_CASE("copying a dict shares it, lists in braces are a list of them") {
  const dict state{{"a", 1}};
  const dict copy = state;
  CHECK(copy.identity() == state.identity());
  const dict braces{state};
  CHECK(braces.identity() == state.identity());
  const ingot::list inner{1, 2};
  CHECK(ingot::tuple{}.size() == 0);
  CHECK(ingot::list{inner, inner}.elements()[1].identity() == inner.identity());
}

TEST_CASE("only a mapping can be taken as a dict") {
  CHECK(dict(value::make_mapping(kind::ordered_dict, {{"a", 1}})).size() == 1);
  CHECK(dict(value::make_mapping(kind::counter, {{"a", 1}})).size() == 1);
  CHECK_THROWS_WITH_AS(dict(ingot::list{1}), "expected dict, found list of 1 item",
                       ingot::value_error);
  CHECK_THROWS_AS(dict(value(3)), ingot::value_error);
  CHECK_THROWS_AS(dict(value(nullptr)), ingot::value_error);
  CHECK_THROWS_AS(dict(value::make_object("a.B", {{"a", 1}})), ingot::value_error);
}

TEST_CASE("the pairs of a temporary dict live as long as a loop over it") {
  std::size_t total = 0;
  for (const auto& [key, content] : dict{{"a", 1}, {"bc", 2}}) total += key.text().size();
  CHECK(total == 3);
}

}  // namespace dict_test
