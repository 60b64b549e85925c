// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <ostream>
#include <span>
#include <sstream>
#include <streambuf>
#include <string>

#include <ingot/archive/save.hpp>
#include <ingot/state/value.hpp>

#include "arrays.hpp"
#include "failing.hpp"
#include "files.hpp"

namespace contract {

/// A state of some tensors, or of one where the archive has no more.
template <ingot::archive A>
ingot::value some_state(std::int64_t rows) {
  const ingot::value first(patterned(ingot::dtype::float32, {rows, 3}));
  if constexpr (!facts<A>::dictionary) return first;
  return ingot::dict{{"first.weight", first},
                     {"first.bias", patterned(ingot::dtype::float64, {rows})},
                     {"steps", patterned(ingot::dtype::int64, {})}};
}

/// Whether the bytes are refused as a file of the archive, at the latest when all is read.
template <ingot::archive A>
bool refused(octets file) {
  try {
    describe_exactly(read_back<A>(std::move(file)));
  } catch (const ingot::format_error&) {
    return true;
  }
  return false;
}

}  // namespace contract

TEST_CASE_TEMPLATE("a file that is cut off anywhere is refused", A, subject) {
  const auto file = contract::written<A>(contract::some_state<A>(5));
  CHECK_FALSE(contract::refused<A>(file));
  for (std::size_t size = 0; size < file.size(); ++size) {
    CAPTURE(size);
    CHECK(contract::refused<A>({file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)}));
  }
}

TEST_CASE_TEMPLATE("a file damaged anywhere gives a state or one of our errors", A, subject) {
  const auto file = contract::written<A>(contract::some_state<A>(5));
  const std::string intact = contract::describe_exactly(contract::read_back<A>(file));
  std::size_t unnoticed = 0;
  for (std::size_t i = 0; i < file.size(); ++i) {
    for (const unsigned flip : {0x01U, 0x80U, 0xffU}) {
      auto damaged = file;
      damaged[i] ^= std::byte(flip);
      try {
        if (contract::describe_exactly(contract::read_back<A>(damaged)) != intact) ++unnoticed;
      } catch (const ingot::error&) {
      }
    }
  }
  if constexpr (contract::facts<A>::checksums) CHECK(unnoticed == 0);
}

TEST_CASE_TEMPLATE("a file that is open survives a save over it", A, subject) {
  const temporary_folder folder;
  const auto path = folder / "state";
  const auto before = contract::some_state<A>(50'000);
  const auto after = contract::some_state<A>(20);
  ingot::save<A>(before, path);
  const auto read = ingot::open<A>(path);
  const auto mapped = ingot::open<A>(path, {.access = ingot::access::map});
  ingot::save<A>(after, path);
  CHECK(contract::described<A>(read) == contract::described<A>(before));
  CHECK(contract::described<A>(mapped) == contract::described<A>(before));
  CHECK(contract::described<A>(ingot::open<A>(path)) == contract::described<A>(after));
  ingot::save<A>(mapped, path);  // over itself once removed
  CHECK(contract::described<A>(ingot::open<A>(path)) == contract::described<A>(before));
  const auto itself = ingot::open<A>(path);
  ingot::save<A>(itself, path);
  CHECK(contract::described<A>(ingot::open<A>(path)) == contract::described<A>(before));
  CHECK(folder.count() == 1);
}

TEST_CASE_TEMPLATE("what a sink throws, at whichever byte, gets to the caller", A, subject) {
  const auto state = contract::some_state<A>(5);
  const std::size_t size = contract::written<A>(state).size();
  for (std::size_t most = 0; most < size; ++most) {
    contract::failing_sink out(most);
    CHECK_THROWS_AS(A::write(state, out, {}), ingot::file_error);
    CHECK(out.writes_after_failure() == 0);
  }
  contract::failing_sink large(size);
  CHECK_NOTHROW(A::write(state, large, {}));
}

TEST_CASE_TEMPLATE("a save that fails leaves the old file and nothing else", A, subject) {
  const temporary_folder folder;
  const auto path = folder / "state";
  ingot::save<A>(contract::some_state<A>(5), path);
  const std::string before = read_text(path);
  const auto broken = contract::with<A>(contract::unreadable_tensor());
  CHECK_THROWS_AS(ingot::save<A>(broken, path), ingot::file_error);
  CHECK_THROWS_AS(ingot::save<A>(broken, folder / "other"), ingot::file_error);
  CHECK(read_text(path) == before);
  CHECK(folder.count() == 1);
}

TEST_CASE_TEMPLATE("a stream that fails is a file_error", A, subject) {
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  CHECK_THROWS_AS(ingot::save<A>(contract::some_state<A>(5), out), ingot::file_error);
}

TEST_CASE_TEMPLATE("an archive knows its files by their first bytes, and refuses others by name", A,
                   subject) {
  auto own = contract::written<A>(contract::some_state<A>(5));
  own.resize(std::min<std::size_t>(own.size(), 512));
  CHECK(A::recognizes(own));
  for (const std::string& text : {std::string(), std::string("x"), std::string("<!DOCTYPE html>"),
                                  std::string("version https://git-lfs.github.com/spec/v1\n"),
                                  std::string(512, '\0'), std::string(512, '\xff')}) {
    CAPTURE(text.substr(0, 1));
    CHECK_FALSE(A::recognizes(bytes_of(text)));
    try {
      ingot::open<A>(ingot::from_memory(bytes_of(text), {}, "some/file"));
      FAIL("opened");
    } catch (const ingot::format_error& failure) {
      CHECK(failure.info().file == "some/file");
    }
  }
}
