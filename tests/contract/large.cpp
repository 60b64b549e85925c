// SPDX-License-Identifier: Apache-2.0
// What every archive promises of states of many tensors and of tensors of many bytes: a program of
// its own, since this takes optimized code.

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include <ingot/ingot.hpp>
#include <ingot/io/memory_sink.hpp>

#include "../container/sparse_file.hpp"
#include "../io/temporary_folder.hpp"
#include "large_states.hpp"
#include "user_archive.hpp"

namespace {

using archives = std::tuple<ingot::zip, ingot::mapped, ingot::binary, ingot::npz, user_archive>;

}  // namespace

TEST_CASE_TEMPLATE_DEFINE("a million tensors take bounded time and memory to save and to load", A,
                          million) {
  constexpr std::int64_t count = 1'000'000;
  const temporary_folder folder;
  const auto path = folder / "million";
  const contract::cost saving = contract::cost_of([&] {
    ingot::save<A>(contract::numbered_state(count), path);
    return true;
  });
  const contract::cost loading = contract::cost_of([&] {
    const auto file = ingot::open<A>(path);
    return contract::is_numbered_state(file, count);
  });
  MESSAGE("saving ", saving.seconds, " s, ", saving.megabytes, " MB; loading ", loading.seconds,
          " s, ", loading.megabytes, " MB");
  for (const contract::cost& each : {saving, loading}) {
    CHECK(each.succeeded);
    CHECK(each.seconds < 30);
    CHECK(each.megabytes < 2'500);
  }
}
TEST_CASE_TEMPLATE_APPLY(million, archives);

TEST_CASE_TEMPLATE_DEFINE(
    "tensors on both sides of 2^32 bytes come back, and what lies behind them", A, beyond_32_bits) {
  constexpr std::uint64_t limit = std::uint64_t{1} << 32;
  const auto check = [](const ingot::tensor_data& tensor, auto look) {
    const auto file = std::make_shared<sparse_file>();
    A::write(ingot::dict{{"a", tensor}, {"b", contract::numbered(7)}}, *file, {});
    const auto opened = ingot::open<A>(file);
    CHECK(opened["a"].shape() == tensor.shape);
    CHECK(opened["b"].template as<std::int64_t>() == 7);
    look(opened["a"]);
  };
  for (const std::uint64_t size : {limit - 1, limit}) {
    CAPTURE(size);
    check(contract::large_tensor_in_file(size), [](const ingot::value&) {});
  }
  const contract::large_block block(limit + 1);
  check(block.tensor(), [](const ingot::value& tensor) {
    const auto ends = [](const ingot::value& part) { return part.as<std::vector<std::uint8_t>>(); };
    CHECK(ends(tensor.narrow(0, 0, 2)) == std::vector<std::uint8_t>{1, 0});
    CHECK(ends(tensor.narrow(0, -2, 2)) == std::vector<std::uint8_t>{0, 2});
  });
}
TEST_CASE_TEMPLATE_APPLY(beyond_32_bits, archives);

TEST_CASE_TEMPLATE_DEFINE("65,536 entries are no limit", A, many_entries) {
  // PyTorch's file has six entries more than tensors.
  for (const std::int64_t count : {65'529, 65'530, 65'534, 65'535, 65'536}) {
    CAPTURE(count);
    ingot::memory_sink out;
    A::write(contract::numbered_state(count), out, {});
    CHECK(contract::is_numbered_state(ingot::open<A>(ingot::from_memory(std::move(out).take())),
                                      count));
  }
}
TEST_CASE_TEMPLATE_APPLY(many_entries, archives);
