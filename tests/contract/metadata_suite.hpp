// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <string>

#include <ingot/archive/open.hpp>
#include <ingot/archive/save.hpp>
#include <ingot/io/memory_sink.hpp>
#include <ingot/state/dict.hpp>

#include "arrays.hpp"
#include "failure_suite.hpp"
#include "files.hpp"

namespace contract {

using texts = std::map<std::string, std::string>;

inline texts texts_in(const ingot::value& metadata) {
  texts result;
  for (const auto& [key, content] : metadata.items()) result[key.text()] = content.text();
  return result;
}

// Not in the template: there clang 19 finds this call ambiguous.
inline ingot::value no_texts() { return ingot::dict{{"epoch", 3}}; }

}  // namespace contract

TEST_CASE_TEMPLATE("texts beside the state come back where the format has them, and else are none",
                   A, subject) {
  const auto state = contract::some_state<A>(5);
  CHECK(contract::read_back<A>(contract::written<A>(state)).metadata().size() == 0);
  if constexpr (requires(typename A::write_options how) { how.metadata; }) {
    const ingot::dict metadata{{"format", "pt"},
                               {"", ""},
                               {"first.weight", "not the tensor"},
                               {"quote\"\\\n", "{\"json\": [1, 2]}"},
                               {"caf\xc3\xa9", "\xf0\x9f\x98\x80"},
                               {"long", std::string(100'000, 'x')}};
    ingot::memory_sink out;
    A::write(state, out, {.metadata = metadata});
    contract::from_every_source<A>(
        std::move(out).take(), [&](const char* source, const ingot::opened_file& file) {
          CAPTURE(source);
          CHECK(contract::texts_in(file.metadata()) == contract::texts_in(metadata));
          CHECK(contract::described<A>(file) == contract::described<A>(state));
        });
    ingot::memory_sink refused;
    CHECK_THROWS_AS(A::write(state, refused, {.metadata = contract::no_texts()}),
                    ingot::value_error);
    CHECK(refused.position() == 0);
  }
}
