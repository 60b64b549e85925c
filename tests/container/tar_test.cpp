// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "crafted_tar.hpp"

namespace tar_test {

using namespace crafted;

TEST_CASE("a tar file's members are found, whoever wrote it") {
  for (const std::string_view mark : {"ustar\0"
                                      "00",
                                      "ustar  \0"}) {
    const std::string file = tar_member("a", "12345", '0', std::string(mark.data(), 8)) +
                             tar_member("folder", "", '5') + tar_member("b", "", '\0') + tar_end;
    const auto entries = tar_entries(file);
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].name == "a");
    CHECK(entries[0].offset == 512);
    CHECK(entries[0].size == 5);
    CHECK(entries[1].name == "b");
    CHECK(entries[1].size == 0);
    CHECK(ingot::is_tar(std::as_bytes(std::span(file)).first(512)));
  }
  CHECK(tar_entries(tar_member("a", "1")).size() == 1);  // the end may be missing
  CHECK_FALSE(ingot::is_tar({}));
  const std::string other(512, 'u');
  CHECK_FALSE(ingot::is_tar(std::as_bytes(std::span(other))));
}

TEST_CASE("a header that was changed is refused") {
  const std::string file = tar_member("a", "12345") + tar_end;
  for (std::size_t i = 0; i < 512; ++i) {
    if (i == 155) continue;  // follows the end of the checksum and isn't in it
    std::string changed = file;
    changed[i] = static_cast<char>(changed[i] ^ 0x40);
    CAPTURE(i);
    CHECK_FALSE(tar_error(changed).empty());
  }
}

TEST_CASE("a member that reaches past the end is refused") {
  const std::string file = tar_member("a", std::string(600, 'x'));
  CHECK(tar_error(file).empty());
  CHECK(contains(tar_error(file.substr(0, 1000)), "a member of 600 bytes"));
  CHECK(contains(tar_error(tar_header("a", 077777777777)), "a member of 8589934591 bytes"));
}

TEST_CASE("what gives a member another name or size is refused: programs would see two files") {
  for (const char kind : {'1', '2', 'L', 'K', 'S', 'x', 'g'}) {
    CAPTURE(kind);
    CHECK_FALSE(tar_error(tar_member("a", "12 path=bcd\n", kind) + tar_end).empty());
  }
  CHECK_FALSE(tar_error(tar_member("a", "12 size=123\n", 'x') + tar_end).empty());
  CHECK(tar_error(tar_member("a", "13 mtime=1.5\n", 'x') + tar_member("a", "1") + tar_end).empty());
  CHECK_FALSE(tar_error(tar_member("a", std::string(70'000, ' '), 'x') + tar_end).empty());
}

}  // namespace tar_test
