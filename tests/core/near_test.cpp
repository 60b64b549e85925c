// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/core/near.hpp>

namespace near_test {
namespace {
using names = std::vector<std::string>;

std::string nearest(std::string_view name, const names& candidates) {
  return std::string(
      ingot::nearest_name(name, candidates, [](const std::string& of) -> std::string_view {
        return of;
      }).value_or("none"));
}
}  // namespace

TEST_CASE("the edit distance counts insertions, deletions and replacements") {
  CHECK(ingot::edit_distance("", "") == 0);
  CHECK(ingot::edit_distance("", "abc") == 3);
  CHECK(ingot::edit_distance("abc", "") == 3);
  CHECK(ingot::edit_distance("kitten", "sitting") == 3);
  CHECK(ingot::edit_distance("sitting", "kitten") == 3);
  CHECK(ingot::edit_distance("flaw", "lawn") == 2);
  CHECK(ingot::edit_distance("weight", "wieght") == 2);
  CHECK(ingot::edit_distance("abcdef", "abcdef") == 0);
}

TEST_CASE("the nearest name is one of which at most a third differs") {
  CHECK(nearest("fc1.wieght", {"fc1.bias", "fc2.weight", "fc1.weight"}) == "fc1.weight");
  CHECK(nearest("abc", {"abd"}) == "abd");
  CHECK(nearest("abc", {"axx"}) == "none");
  CHECK(nearest("abcdef", {"abcdxx"}) == "abcdxx");
  CHECK(nearest("abcdef", {"abcxxx"}) == "none");
  CHECK(nearest("ab", {"ac"}) == "none");
  CHECK(nearest("a", {"", "abcdefgh"}) == "none");
  CHECK(nearest("", {"a"}) == "none");
  CHECK(nearest("weight", {}) == "none");
}

TEST_CASE("of equally near names the first is taken") {
  CHECK(nearest("layer3", {"layer1", "layer2"}) == "layer1");
}

TEST_CASE("names of a hostile length or number cost little") {
  const std::string endless(1'000'000, 'a');
  CHECK(nearest(endless, {endless}) == "none");
  CHECK(nearest("weights", {endless, "weight"}) == "weight");
  CHECK(nearest(std::string(200, 'a'), {std::string(200, 'a') + 'b'}) == "none");
  names many(100'000, std::string(200, 'b'));
  many.push_back("weight");
  CHECK(nearest("wieght", many) == "none");
}

}  // namespace near_test
