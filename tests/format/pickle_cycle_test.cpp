// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>

#include "pickled.hpp"

namespace pickle_cycle_test {

using namespace pickled;
using ingot::kind;

namespace {

/// dict {"name": ...} whose items are filled later: EMPTY_DICT in the memo under `number`.
std::string made(char number) { return "}q"s + number; }
std::string item(char target, std::string_view key, std::string_view content) {
  return "h"s + target + text(key) + std::string(content) + "s0";
}

}  // namespace

TEST_CASE("a reference back to an enclosing object is a cycle leaf, all else is data") {
  const auto root =
      pickled::read(made('\1') + item('\1', "x", "K\1") + item('\1', "me", "h\1") + ".");
  CHECK(root["x"].integer() == 1);
  CHECK(root["me"].kind() == kind::cycle);
}

TEST_CASE("a parent that is reached through its child first is whole where it stands by itself") {
  // child = {"parent": parent}, parent = {"child": child, "n": 7}, root = (child, parent)
  const auto root = pickled::read("(" + made('\1') + made('\2') + item('\1', "parent", "h\2") +
                                  item('\2', "child", "h\1") + item('\2', "n", "K\7") + "t.");
  const ingot::value& child = root.elements()[0];
  const ingot::value& parent = root.elements()[1];
  CHECK(child["parent"]["child"].kind() == kind::cycle);
  CHECK(child["parent"]["n"].integer() == 7);
  CHECK(parent["n"].integer() == 7);
  CHECK(parent["child"]["parent"].is_mapping());
  CHECK(parent["child"]["parent"]["child"].kind() == kind::cycle);
}

TEST_CASE("siblings that refer to each other are whole in their parent") {
  // a = {"b": b}, b = {"a": a}, c = {"a": a, "b": b}, root = [c, b]
  const auto root = pickled::read("(" + made('\1') + "0" + made('\2') + "0" +
                                  item('\1', "b", "h\2") + item('\2', "a", "h\1") + made('\3') +
                                  item('\3', "a", "h\1") + item('\3', "b", "h\2") + "h\2t.");
  const ingot::value& parent = root.elements()[0];
  CHECK(parent["a"]["b"]["a"].kind() == kind::cycle);
  CHECK(parent["b"]["a"]["b"]["a"].kind() == kind::cycle);  // a is whole, and b in it is cut
  CHECK(root.elements()[1]["a"].is_mapping());
}

TEST_CASE("a tangle in which everything refers to everything takes time in proportion") {
  constexpr int count = 120;
  std::string pickle = "(";
  for (char i = 0; i < count; ++i) pickle += made(i);
  for (char i = 0; i < count; ++i) {
    for (char k = 0; k < count; ++k) pickle += item(i, std::to_string(k), "h"s + k);
  }
  const auto root = pickled::read(pickle + "t.");
  CHECK(root.size() == count);
  CHECK(root.elements()[0]["0"].kind() == kind::cycle);
}

TEST_CASE("a chain whose links know each other both ways takes time in proportion") {
  constexpr int count = 20'000;
  std::string pickle = "(";
  const auto name = [](int i) { return "r" + little4(static_cast<std::uint32_t>(i)); };
  const auto get = [](int i) { return "j" + little4(static_cast<std::uint32_t>(i)); };
  for (int i = 0; i < count; ++i) pickle += "]" + name(i);
  for (int i = 0; i + 1 < count; ++i) {
    pickle += get(i) + get(i + 1) + "a0" + get(i + 1) + get(i) + "a0";
  }
  CHECK(pickled::read(pickle + "t.").size() == count);
}

}  // namespace pickle_cycle_test
