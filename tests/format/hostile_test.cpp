// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "pickled.hpp"

namespace hostile_test {

// What a few bytes name over and over: each of these would copy or look at gigabytes.

using namespace pickled;

namespace {

constexpr std::string_view proportion = "many times its size";

std::string repeated(std::string_view opcodes, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += opcodes;
  return all;
}

/// A tuple of `before` and a tuple of `opcodes`, 30,000 times.
std::string often(std::string_view before, std::string_view opcodes) {
  return tuple(std::string(before) + tuple(repeated(opcodes, 30'000))) + ".";
}

const std::string long_name(100'000, 'n');

}  // namespace

TEST_CASE("a long text that is named over and over isn't copied or hashed each time") {
  const std::string name = text(long_name) + "q\1";
  const std::string octets = "B" + little4(100'000) + long_name + "q\1";
  CHECK(contains(refusal(often(octets + global("builtins", "bytes") + "q\2", "h\2h\1\x85R")),
                 proportion));
  CHECK(contains(refusal(often(global("m", long_name) + "q\1", "h\1)\x81")), proportion));
  CHECK(contains(refusal(often(global("m", long_name) + "q\1", "h\1")), proportion));
  CHECK(contains(refusal(often(name, "h\1h\1\x93")), proportion));
  CHECK(contains(refusal(often(name + global("torch", "device") + "q\2h\1\x85q\3", "h\2h\3R")),
                 proportion));
  CHECK(contains(refusal(tuple(name + "}(" + repeated("h\1N", 30'000) + "u") + "."), proportion));
  CHECK(contains(refusal(tuple(name + "}" + tuple(repeated("h\1", 30'000)) + "Ns") + "."),
                 proportion));
  CHECK(contains(refusal(often(name, tuple(text("storage") + global("torch", "FloatStorage") +
                                           "h\1" + text("cpu") + "K\6") +
                                         "Q")),
                 proportion));
}

TEST_CASE("metadata and nested calls that are named over and over aren't walked each time") {
  const std::string v2 = global("torch._utils", "_rebuild_tensor_v2") + "q\2";
  const std::string view = storage(6) + "K\0))\x89N"s;
  CHECK(contains(refusal(often("}(" + repeated(text("k") + "N", 20'000) + "uq\1" + v2 +
                                   tuple(view + "h\1") + "q\3",
                               "h\2h\3R")),
                 proportion));
  const std::string again = global("torch._tensor", "_rebuild_from_type_v2") + "q\4";
  const std::string type = global("torch", "Tensor") + "q\5";
  CHECK(contains(refusal(often(again + type + v2 + tuple(view) + "q\6" + tuple("h\2h\5h\6N") +
                                   "q\3" + repeated(tuple("h\4h\5h\3N") + "q\3", 20'000),
                               "h\4h\3R")),
                 proportion));
}

TEST_CASE("a storage's location is short: every tensor has a copy of it") {
  const auto located = [](std::size_t length) {
    return tuple(text("storage") + global("torch", "FloatStorage") + text("0") +
                 text(std::string(length, 'l')) + "K\6") +
           "Q.";
  };
  CHECK(refusal(located(256)).empty());
  CHECK(contains(refusal(located(257)), "location"));
}

TEST_CASE("an int is at most 1024 bytes long: its digits take quadratic time") {
  const auto of_bytes = [](std::uint32_t length) {
    return "\x8b" + little4(length) + std::string(length, '\x7f') + ".";
  };
  CHECK(pickled::read(of_bytes(1024)).integer_octets().size() == 1024);
  CHECK(contains(refusal(of_bytes(1025)), "1024 bytes"));
  const std::string shared = of_bytes(1024);
  const ingot::value twice = pickled::read(shared.substr(0, shared.size() - 1) + "q\0h\0\x86."s);
  CHECK(twice.elements()[0].identity() == twice.elements()[1].identity());
}

TEST_CASE("a pickle that deflates well has no more objects than its bytes in the file allow") {
  const std::string pickle = "](" + std::string(200'000, ']') + "e.";
  const auto read = [&](std::uint64_t stored_size) {
    return ingot::detail::torch::read(std::as_bytes(std::span(pickle)), stored_size, {});
  };
  CHECK(read(pickle.size()).size() == 200'000);
  CHECK_THROWS_AS(read(200), ingot::format_error);
}

TEST_CASE("BUILD on what has no attributes is refused, as in Python") {
  const std::string state = "}" + text("a") + "K\1s";
  CHECK(contains(refusal("]" + state + "b."), "state"));
  CHECK(contains(refusal("}" + state + "b."), "state"));
  CHECK(contains(refusal("\x8f" + state + "b."), "state"));
  CHECK(pickled::read(global("collections", "OrderedDict") + ")R" + state + "b.")
            .attributes()
            .size() == 1);
}

TEST_CASE("a negative view of what has no negative is refused before anything is loaded") {
  const auto negative = [](std::string_view kind, std::int64_t numel) {
    return global("torch._utils", "_rebuild_tensor_v2") +
           tuple(storage(numel, kind) + "K\0K\2\x85K\1\x85\x89N}"s + text("neg") + "\x88s") + "R.";
  };
  CHECK(pickled::read(negative("FloatStorage", 6)).tensor().negative);
  CHECK(contains(refusal(negative("BoolStorage", 24)), "negated"));
}

}  // namespace hostile_test
