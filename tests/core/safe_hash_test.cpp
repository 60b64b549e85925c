// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include <ingot/core/safe_hash.hpp>

namespace safe_hash_test {

using ingot::detail::hash_key;
using ingot::detail::safe_hash;
using ingot::detail::sip_hash;

// CPython's hash of str and bytes is SipHash-1-3. With PYTHONHASHSEED=0 its key is zero:
//   PYTHONHASHSEED=0 python3 -c "print([hash(bytes(range(n))) % 2**64 for n in (1, 7, 8, 9, 63)])"
TEST_CASE("SipHash-1-3 gives the numbers that CPython's gives") {
  const std::array<std::size_t, 5> sizes{1, 7, 8, 9, 63};
  const std::array<std::uint64_t, 5> expected{7541581120933061747u, 3389392686435873370u,
                                              16921169381604339434u, 8471974163824919394u,
                                              4061470857350050649u};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    std::string text;
    for (std::size_t octet = 0; octet < sizes[i]; ++octet) text += static_cast<char>(octet);
    CHECK(sip_hash(text, hash_key{0, 0}) == expected[i]);
  }
}

TEST_CASE("the hash of a process depends on a key that nobody chose") {
  CHECK(safe_hash{}("weight") == safe_hash{}(std::string("weight")));
  CHECK(safe_hash{}("weight") != sip_hash("weight", hash_key{0, 0}));
  CHECK(safe_hash{}(std::int64_t{1}) != safe_hash{}(std::int64_t{2}));
}

}  // namespace safe_hash_test
