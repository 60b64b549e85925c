// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <string>

#include <ingot/format/pickle/measure.hpp>
#include <ingot/io/open.hpp>

#include "../io/temporary_folder.hpp"
#include "pickled.hpp"

namespace pickle_measure_test {

using namespace pickled;

namespace {

std::uint64_t measured(std::string_view file, std::uint64_t start = 0) {
  const auto bytes = std::as_bytes(std::span(file));
  return ingot::detail::pickle::measurer(*ingot::from_memory(bytes), start).run();
}

std::string refusal_of(std::string_view file) {
  try {
    measured(file);
  } catch (const ingot::format_error& failure) {
    return failure.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a pickle's size is told without reading what it carries") {
  // An operand that looks like STOP is stepped over, whatever its form.
  for (const std::string& opcodes : {"K."s,
                                     "M.."s,
                                     "J...."s,
                                     "G........"s,
                                     "\x8a\x02.."s,
                                     "\x8b\2\0\0\0.."s,
                                     "U\1."s,
                                     "\x8c\1."s,
                                     "C\1."s,
                                     "T\1\0\0\0."s,
                                     "X\1\0\0\0."s,
                                     "B\1\0\0\0."s,
                                     "\x8d\1\0\0\0\0\0\0\0."s,
                                     "\x8e\1\0\0\0\0\0\0\0."s,
                                     "\x96\1\0\0\0\0\0\0\0."s,
                                     "c.\n.\n"s,
                                     "q."s,
                                     "r...."s,
                                     "h."s,
                                     "j...."s,
                                     "\x95........"s,
                                     "\x80."s,
                                     "N"s,
                                     "(t"s,
                                     "]"s,
                                     "}"s}) {
    CAPTURE(opcodes);
    CHECK(measured(opcodes + ".rest") == opcodes.size() + 1);
    CHECK(measured("before" + opcodes + ".rest", 6) == opcodes.size() + 1);
  }
}

TEST_CASE("a pickle without an end, or with an opcode that no data needs, is refused") {
  CHECK(contains(refusal_of("K"), "cut off"));
  CHECK(contains(refusal_of("N"), "cut off"));
  CHECK(contains(refusal_of("\x8e\xff\xff\xff\xff\xff\xff\xff\xff."s), "18446744073709551615"));
  CHECK(contains(refusal_of("cno line"), "cut off"));
  CHECK(contains(refusal_of("I01\n."), "found INT"));
  CHECK(contains(refusal_of("\xff"), "opcode 0xff"));
}

TEST_CASE("a file is measured piece by piece") {
  const temporary_folder folder;
  std::string pickle = "B" + little4(1'000'000) + std::string(1'000'000, '.');
  for (int i = 0; i < 300'000; ++i) pickle += "K.";
  write_text(folder / "a", pickle + ".");
  const auto file = ingot::open_file(folder / "a");
  CHECK(ingot::detail::pickle::measurer(*file, 0).run() == pickle.size() + 1);
}

}  // namespace pickle_measure_test
