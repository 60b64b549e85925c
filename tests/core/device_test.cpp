// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <ingot/core/device.hpp>

namespace device_test {

using ingot::device;

TEST_CASE("a device is a type, or a type and an index") {
  CHECK(device().type() == "cpu");
  CHECK(device().index() == -1);
  CHECK(device("cuda").type() == "cuda");
  CHECK(device("cuda").index() == -1);
  CHECK(device("cuda:1").type() == "cuda");
  CHECK(device("cuda:1").index() == 1);
  CHECK(device("cuda:0") != device("cuda"));
}

TEST_CASE("a device prints as it is written") {
  for (const char* text : {"cpu", "cuda", "cuda:0", "privateuseone:12"}) {
    CHECK(to_string(device(text)) == text);
  }
}

TEST_CASE("what isn't a type and an index is refused, and the error says what was found") {
  for (const char* text : {"", ":", ":1", "cuda:", "cuda:-1", "cuda:1x", "cuda: 1", "cuda:+1",
                           "cuda:1:2", "cuda:99999999999"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(device{text}, ingot::value_error);
  }
  CHECK_THROWS_WITH(device{"cuda:x"},
                    "device: expected a type, or type:index as in cuda:1, found \"cuda:x\"");
}

}  // namespace device_test
