// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/state/dict.hpp>
#include <ingot/storage/tensor.hpp>

#include "array_suite.hpp"
#include "files.hpp"
#include "numbered.hpp"

namespace contract {

/// Names that some format, path or parser may stumble over.
inline std::vector<std::string> odd_names() {
  using namespace std::string_literals;
  return {"",
          " ",
          ".",
          "..",
          "a.b",
          ".a.",
          "/",
          "a/b",
          "/absolute",
          "../../etc/passwd",
          "C:\\windows",
          "\"quoted\"",
          "it's",
          "back\\slash",
          "\\u0041",
          "line\nbreak\ttab\r",
          "\x01\x1f\x7f",
          "0",
          "-1",
          "None",
          "__metadata__",
          "__proto__",
          "data.pkl",
          "a.npy",
          "caf\xc3\xa9",
          "cafe\xcc\x81",
          "\xe6\x9d\x83\xe9\x87\x8d",
          "\xf0\x9f\x98\x80",
          "\xef\xbb\xbf byte order mark",
          "\xe2\x80\xae right to left",
          "nul\0byte"s,
          std::string(65'531, 'n'),
          std::string(65'536, 'n'),
          std::string(100'000, 'n')};
}

}  // namespace contract

TEST_CASE_TEMPLATE("tensors keep whatever name the format holds, and others are refused", A,
                   subject) {
  for (const std::string& name : contract::odd_names()) {
    CAPTURE(name.substr(0, 50));
    CAPTURE(name.size());
    const ingot::dict state{{"a", contract::numbered(1)}, {name, contract::numbered(2)}};
    CHECK(contract::kept_or_refused<A>(state, contract::facts<A>::holds_name(name)));
  }
}

TEST_CASE_TEMPLATE("all names together are kept apart", A, subject) {
  std::vector<ingot::value::pair> items;
  for (const std::string& name : contract::odd_names()) {
    if (!contract::facts<A>::holds_name(name)) continue;
    items.emplace_back(name, contract::numbered(static_cast<std::int64_t>(items.size())));
  }
  // Names that are one to who folds cases or cuts names off.
  for (const std::string_view name : {"A", "a", "B.b", "b.B", "b.b", "b.b ", "b.b\t"}) {
    items.emplace_back(name, contract::numbered(static_cast<std::int64_t>(items.size())));
  }
  for (const char last : {'x', 'y'}) {
    items.emplace_back(std::string(1'000, 'l') + last,
                       contract::numbered(static_cast<std::int64_t>(items.size())));
  }
  const auto state = ingot::value::make_mapping(ingot::kind::dict, std::move(items));
  contract::from_every_source<A>(
      contract::written<A>(state), [&](const char* source, const ingot::opened_file& file) {
        CAPTURE(source);
        CHECK(contract::described<A>(file) == contract::described<A>(state));
        for (const auto& [key, leaf] : state.items()) {
          CHECK(file[key.text()].template as<std::int64_t>() == leaf.template as<std::int64_t>());
        }
      });
}

TEST_CASE_TEMPLATE("thousands of tensors in no order are each found", A, subject) {
  constexpr std::int64_t count = 3'000;
  std::vector<ingot::value::pair> items;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t number = i * 1'009 % count;
    items.emplace_back("layers." + std::to_string(number) + ".weight", contract::numbered(number));
  }
  const auto state = ingot::value::make_mapping(ingot::kind::dict, std::move(items));
  const auto file = contract::read_back<A>(contract::written<A>(state));
  CHECK(contract::described<A>(file) == contract::described<A>(state));
  CHECK(file["layers.2999.weight"].template as<std::int64_t>() == 2'999);
}

TEST_CASE_TEMPLATE("a root or a leaf that the format doesn't hold is refused before the first byte",
                   A, subject) {
  const std::vector<ingot::value> leaves{
      {},
      true,
      3,
      -2.5,
      std::complex<double>(1, -2),
      "text",
      ingot::value::make_integer("123456789"),
      ingot::value::make_bytes("\xff"),
      ingot::value::make_bytes("\xff", ingot::kind::bytearray),
      ingot::shape{2, 3},
      ingot::dtype::bfloat16,
      ingot::device("cuda:1"),
      ingot::value::make_ndarray(contract::patterned(ingot::dtype::int16, {3})),
      ingot::value::make_object("module.Class", {{"a", 1}}),
      ingot::value::make_cycle()};
  for (const ingot::value& leaf : leaves) {
    CAPTURE(std::string(name(leaf.kind())));
    CHECK(contract::kept_or_refused<A>(ingot::dict{{"leaf", leaf}}, A::holds(leaf)));
  }
  const auto weight = contract::numbered(1);
  for (const ingot::value& nest : std::vector<ingot::value>{
           ingot::dict{{"model", ingot::dict{{"weight", weight}}}}, ingot::dict{{3, weight}},
           ingot::dict{{"weights", ingot::list{weight}}}, ingot::list{weight}, weight, "text"}) {
    CAPTURE(std::string(name(nest.kind())));
    CHECK(contract::kept_or_refused<A>(nest, !A::flat));
  }
}
