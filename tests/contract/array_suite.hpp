// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include <ingot/core/dtype.hpp>
#include <ingot/io/memory_sink.hpp>
#include <ingot/state/value.hpp>

#include "arrays.hpp"
#include "files.hpp"

static_assert(ingot::archive<subject> && ingot::selective_archive<subject>);

namespace contract {

/// Whether the state comes back where the archive holds it, and else isn't begun to be written.
template <ingot::archive A>
bool kept_or_refused(const ingot::value& state, bool held) {
  if (held) return described<A>(read_back<A>(written<A>(state))) == described<A>(state);
  ingot::memory_sink out;
  try {
    A::write(state, out, {});
  } catch (const ingot::value_error&) {
    return out.position() == 0;
  }
  return false;
}

}  // namespace contract

TEST_CASE_TEMPLATE("tensors of every dtype that the archive holds come back, others are refused", A,
                   subject) {
  for (const ingot::dtype_info& row : ingot::dtype_table) {
    CAPTURE(std::string(row.name));
    const ingot::value tensor(contract::patterned(row.type, {2, 3, 4}));
    CHECK(contract::kept_or_refused<A>(contract::with<A>(tensor), A::holds(tensor)));
  }
}

TEST_CASE_TEMPLATE("a tensor's elements come back however they lie in its storage", A, subject) {
  for (const ingot::dtype type :
       {ingot::dtype::uint8, ingot::dtype::float16, ingot::dtype::float32, ingot::dtype::float64}) {
    for (const auto& [what, tensor] : contract::views_of(type)) {
      CAPTURE(what);
      CAPTURE(std::string(name(type)));
      CHECK(contract::kept_or_refused<A>(contract::with<A>(tensor), true));
    }
  }
}

TEST_CASE_TEMPLATE("conjugate and negative views mean the same after a round trip", A, subject) {
  ingot::tensor_data tensor = contract::patterned(ingot::dtype::complex64, {3, 5});
  tensor.negative = true;
  CHECK(contract::kept_or_refused<A>(contract::with<A>(tensor), true));
  tensor.conjugate = true;
  CHECK(contract::kept_or_refused<A>(contract::with<A>(tensor), true));
}

TEST_CASE_TEMPLATE("empty tensors keep their shapes", A, subject) {
  for (const ingot::shape& extents :
       {ingot::shape{0}, ingot::shape{3, 0}, ingot::shape{0, 7, 0}, ingot::shape{2, 0, 5}}) {
    const ingot::value tensor(contract::patterned(ingot::dtype::float32, extents));
    CHECK(contract::kept_or_refused<A>(contract::with<A>(tensor), true));
  }
}

TEST_CASE_TEMPLATE("tensors larger than any buffer come back, transposed and converted too", A,
                   subject) {
  // 3 bytes more than 5 MiB: no buffer's size divides it.
  ingot::tensor_data bytes = contract::patterned(ingot::dtype::uint8, {(5 << 20) + 3});
  CHECK(contract::kept_or_refused<A>(contract::with<A>(bytes), true));
  ingot::tensor_data tensor = contract::patterned(ingot::dtype::complex64, {401, 1001});
  tensor.strides = {1, 401};
  CHECK(contract::kept_or_refused<A>(contract::with<A>(tensor), true));
  tensor.conjugate = true;
  CHECK(contract::kept_or_refused<A>(contract::with<A>(tensor), true));
}

TEST_CASE_TEMPLATE("a file of a file is the same file", A, subject) {
  for (const auto& [what, tensor] : contract::views_of(ingot::dtype::float32)) {
    CAPTURE(what);
    const auto once = contract::written<A>(contract::with<A>(tensor));
    contract::from_every_source<A>(once, [&](const char* source, const ingot::value& state) {
      CAPTURE(source);
      CHECK(contract::written<A>(state) == once);
    });
  }
}

TEST_CASE_TEMPLATE("a part of a tensor is what the same part of the whole is", A, subject) {
  const ingot::value tensor(contract::patterned(ingot::dtype::int32, {6, 5, 4}));
  const auto file = contract::written<A>(contract::with<A>(tensor));
  contract::from_every_source<A>(file, [&](const char* source, const ingot::value& state) {
    CAPTURE(source);
    const ingot::value whole = contract::tensor_in<A>(state);
    for (std::int64_t dimension = 0; dimension < 3; ++dimension) {
      CHECK(contract::describe_elements(whole.narrow(dimension, 1, 2)) ==
            contract::describe_elements(tensor.narrow(dimension, 1, 2)));
      CHECK(contract::describe_elements(whole.select(dimension, -1)) ==
            contract::describe_elements(tensor.select(dimension, -1)));
    }
    const ingot::value part = whole.narrow(0, 2, 3).narrow(1, 1, 2).select(2, 3);
    CHECK(contract::describe_elements(part) ==
          contract::describe_elements(tensor.narrow(0, 2, 3).narrow(1, 1, 2).select(2, 3)));
    CHECK(contract::describe_elements(contract::tensor_in<A>(
              contract::read_back<A>(contract::written<A>(contract::with<A>(part))))) ==
          contract::describe_elements(part));
  });
}
