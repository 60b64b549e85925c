// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>

#include <ingot/core/error.hpp>

namespace error_test {

TEST_CASE("a message has the file, the place, the expected, the found and the remedy, in order") {
  const ingot::format_error error({.file = "model.pt",
                                   .where = "record data/0",
                                   .expected = "24 bytes",
                                   .found = "16",
                                   .remedy = "copy the file again"});
  CHECK(error.what() ==
        std::string("model.pt: record data/0: expected 24 bytes, found 16; copy the file again"));
  CHECK(error.info().where == "record data/0");
}

TEST_CASE("a message leaves out what nobody knows") {
  CHECK(ingot::describe_failure({.file = "a", .remedy = "b"}) == "a; b");
  CHECK(ingot::describe_failure({.where = "a", .found = "b"}) == "a: b");
  CHECK(ingot::describe_failure({.expected = "a"}) == "expected a");
  CHECK(ingot::describe_failure({}).empty());
}

TEST_CASE("one handler for ingot::error catches every kind") {
  CHECK_THROWS_AS(throw ingot::file_error(ingot::error_info{}), ingot::error);
  CHECK_THROWS_AS(throw ingot::format_error(ingot::error_info{}), ingot::error);
  CHECK_THROWS_AS(throw ingot::value_error(ingot::error_info{}), ingot::error);
}

}  // namespace error_test
