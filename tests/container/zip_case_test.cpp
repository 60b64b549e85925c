// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <utility>

#include <ingot/container/zip_reader.hpp>
#include <ingot/container/zip_writer.hpp>
#include <ingot/io/memory_sink.hpp>
#include <ingot/io/memory_source.hpp>

#include "crafted_zip.hpp"

namespace zip_case_test {

using ingot::zip_case;

TEST_CASE("names that differ in case are two where the case is told apart, and else one") {
  const auto file = crafted::zip({{.name = "W.npy"}, {.name = "w.npy"}});
  CHECK_THROWS_AS(ingot::zip_reader{ingot::from_memory(crafted::bytes(file))}, ingot::format_error);
  const ingot::zip_reader zip(ingot::from_memory(crafted::bytes(file)), zip_case::distinguished);
  CHECK(zip.find("W.npy") == &zip.entries()[0]);
  CHECK(zip.find("w.npy") == &zip.entries()[1]);
  CHECK(zip.find("w.NPY") == nullptr);

  ingot::memory_sink out;
  ingot::zip_writer writer(out, zip_case::distinguished);
  writer.add("W", "1");
  writer.add("w", "2");
  writer.finish();
  const ingot::zip_reader again(ingot::from_memory(std::move(out).take()), zip_case::distinguished);
  CHECK(again.entries().size() == 2);
}

TEST_CASE("equal names are one in any case") {
  const auto file = crafted::zip({{.name = "w"}, {.name = "w"}});
  CHECK_THROWS_AS(
      ingot::zip_reader(ingot::from_memory(crafted::bytes(file)), zip_case::distinguished),
      ingot::format_error);
  ingot::memory_sink out;
  ingot::zip_writer writer(out, zip_case::distinguished);
  writer.add("w", "1");
  writer.add("w", "2");
  CHECK_THROWS_AS(writer.finish(), ingot::value_error);
}

}  // namespace zip_case_test
