// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <ingot/state/dict.hpp>
#include <ingot/state/value.hpp>
#include <ingot/storage/tensor.hpp>

namespace value_lifetime_test {

using ingot::kind;
using ingot::value;

namespace {

value nested_lists(std::size_t depth) {
  value result;
  for (std::size_t i = 0; i < depth; ++i) result = value::make_sequence(kind::list, {result});
  return result;
}

}  // namespace

TEST_CASE("a tree a million levels deep goes without a stack as deep") {
  constexpr std::size_t depth = 1'000'000;
  {
    const value lists = nested_lists(depth);
  }
  {
    value dicts;
    for (std::size_t i = 0; i < depth; ++i) dicts = ingot::dict{{"a", dicts}};
  }
  {
    value objects;
    for (std::size_t i = 0; i < depth; ++i) objects = value::make_object("a.B", {{objects, 1}});
  }
  {
    value attributes;
    for (std::size_t i = 0; i < depth; ++i) {
      attributes = value::make_mapping(kind::ordered_dict, {}, {{"_metadata", attributes}});
    }
  }
  {
    // Each level twice: as many paths as no machine could follow.
    value shared;
    for (std::size_t i = 0; i < depth; ++i) {
      shared = value::make_sequence(kind::tuple, {shared, shared});
    }
  }
  CHECK(true);
}

TEST_CASE("a part that is still held outlives its tree, whichever thread goes last") {
  value tree = nested_lists(100'000);
  const value part = tree.elements()[0].elements()[0];
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([mine = tree]() mutable { mine = value(); });
  }
  tree = value();
  threads.clear();
  std::size_t depth = 0;
  for (const value* at = &part; at->kind() == kind::list; at = at->elements().data()) ++depth;
  CHECK(depth == 99'998);
}

}  // namespace value_lifetime_test
