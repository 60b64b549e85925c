// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>

#include <ingot/archive/open.hpp>
#include <ingot/state/value.hpp>

#include "arrays.hpp"
#include "failing.hpp"
#include "files.hpp"

namespace contract {

inline constexpr std::int64_t long_row = 1 << 16;
inline constexpr std::int64_t long_rows = 128;

template <ingot::archive A>
std::shared_ptr<const counting_source> large_file() {
  const auto tensor = patterned(ingot::dtype::uint8, {long_rows, long_row});
  return std::make_shared<const counting_source>(ingot::from_memory(written<A>(with<A>(tensor))));
}

}  // namespace contract

TEST_CASE_TEMPLATE("opening a file reads its structure alone", A, subject) {
  const auto file = contract::large_file<A>();
  const auto opened = ingot::open<A>(file);
  CHECK(contract::tensor_in<A>(opened).shape() == ingot::shape{128, 65'536});
  CHECK(file->take_count() < file->size() / 32);
}

TEST_CASE_TEMPLATE("a part of a tensor takes its bytes alone, after one look at a checksum", A,
                   subject) {
  const auto file = contract::large_file<A>();
  const auto tensor = contract::tensor_in<A>(ingot::open<A>(file));
  file->take_count();
  contract::describe_elements(tensor.narrow(0, 5, 2));
  constexpr std::uint64_t part = 2 * contract::long_row;
  constexpr std::uint64_t whole = contract::long_rows * contract::long_row;
  CHECK(file->take_count() <= (contract::facts<A>::checksums ? whole + part : part));
  contract::describe_elements(tensor.narrow(0, 7, 2));
  CHECK(file->take_count() == part);
}

TEST_CASE_TEMPLATE("a file is written without reading a tensor twice or holding it", A, subject) {
  const auto file = contract::large_file<A>();
  const auto opened = ingot::open<A>(file);
  file->take_count();
  contract::failing_sink out(~std::uint64_t{});
  A::write(opened, out, {});
  CHECK(file->take_count() == contract::long_rows * contract::long_row);
  CHECK(out.position() == file->size());
}
