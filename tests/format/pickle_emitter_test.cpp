// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <ingot/core/error.hpp>
#include <ingot/format/pickle/emitter.hpp>

namespace pickle_emitter_test {

TEST_CASE("a name that would end its line, and begin an opcode, is refused") {
  ingot::detail::pickle::emitter out;
  CHECK_NOTHROW(out.global("torch", "float32"));
  CHECK_THROWS_AS(out.global("torch", "float32\n0cos"), ingot::value_error);
  CHECK_THROWS_AS(out.global("torch\nfloat32\n0cos", "system"), ingot::value_error);
}

}  // namespace pickle_emitter_test
