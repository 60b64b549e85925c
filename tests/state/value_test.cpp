// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <charconv>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <ingot/state/dict.hpp>
#include <ingot/state/value.hpp>
#include <ingot/storage/tensor.hpp>

#include "integer_table.hpp"

namespace value_test {

using ingot::kind;
using ingot::value;
using ingot::value_error;

namespace {

std::string from_hexadecimal(std::string_view digits) {
  std::string octets;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    unsigned octet = 0;
    std::from_chars(digits.data() + i, digits.data() + i + 2, octet, 16);
    octets += static_cast<char>(octet);
  }
  return octets;
}

std::string message_of(const auto& action) {
  try {
    action();
  } catch (const value_error& failure) {
    return failure.what();
  }
  return "nothing was thrown";
}

enum unscoped { one };
enum class scoped { one };

static_assert(!std::is_constructible_v<value, int*>);
static_assert(!std::is_constructible_v<value, const float*>);
static_assert(!std::is_constructible_v<value, void*>);
static_assert(!std::is_constructible_v<value, std::unique_ptr<int>>);
static_assert(!std::is_constructible_v<value, void (*)()>);
static_assert(!std::is_constructible_v<value, int value::*>);
static_assert(!std::is_constructible_v<value, char>, "'a' would be the number 97");
static_assert(!std::is_constructible_v<value, unscoped>);
static_assert(!std::is_constructible_v<value, scoped>);
static_assert(!std::is_constructible_v<value, std::vector<int*>>);
static_assert(!std::is_convertible_v<ingot::dict, bool>);
static_assert(std::is_nothrow_move_constructible_v<value>);
static_assert(std::is_nothrow_move_assignable_v<value>);
static_assert(std::is_nothrow_copy_constructible_v<value>);

}  // namespace

TEST_CASE("a literal becomes the kind of value that Python would make of it") {
  CHECK(value("text").kind() == kind::string);
  char text[] = "not const";
  CHECK(value(static_cast<char*>(text)).kind() == kind::string);
  CHECK(value(std::string("text")).kind() == kind::string);
  CHECK(value(std::string_view("text")).kind() == kind::string);
  CHECK(value(true).kind() == kind::boolean);
  CHECK(value(0).kind() == kind::integer);
  CHECK(value(3).kind() == kind::integer);
  CHECK(value(3u).kind() == kind::integer);
  CHECK(value(3ull).kind() == kind::integer);
  CHECK(value(std::int8_t{3}).kind() == kind::integer);
  CHECK(value(3.0).kind() == kind::floating);
  CHECK(value(3.0f).kind() == kind::floating);
  CHECK(value(std::complex<double>(1, 2)).kind() == kind::complex);
  CHECK(value(std::complex<float>(1, 2)).kind() == kind::complex);
  CHECK(value(nullptr).kind() == kind::none);
  CHECK(value().kind() == kind::none);
  CHECK(value(ingot::dtype::float32).kind() == kind::dtype);
  CHECK(value(ingot::device("cuda:1")).kind() == kind::device);
  CHECK(value(ingot::shape{2, 3}).kind() == kind::size);
  CHECK(value(ingot::tensor<float>(ingot::shape{2})).kind() == kind::tensor);
  CHECK(value(std::vector<double>{0.9, 0.999}).kind() == kind::list);
  CHECK(value(std::vector<bool>{true}).elements()[0].kind() == kind::boolean);
  CHECK(value(std::vector<std::vector<int>>{{1}, {}}).elements()[1].size() == 0);
}

TEST_CASE("what goes in comes out") {
  CHECK(value("text").text() == "text");
  CHECK(value(std::string("nul\0inside", 10)).text().size() == 10);
  CHECK(value(false).boolean() == false);
  CHECK(value(-0.0).floating() == 0.0);
  CHECK(std::signbit(value(-0.0).floating()));
  CHECK(value(std::numeric_limits<double>::denorm_min()).floating() ==
        std::numeric_limits<double>::denorm_min());
  CHECK(value(ingot::dtype::bfloat16).type() == ingot::dtype::bfloat16);
  CHECK(value(ingot::shape{2, 3}).shape() == ingot::shape{2, 3});
  CHECK(value::make_bytes("octets").text() == "octets");
  CHECK(value::make_bytes("octets", kind::bytearray).kind() == kind::bytearray);
  CHECK(value::make_object("module.Class", {{"x", 1}}).class_name() == "module.Class");
  CHECK(value::make_cycle().kind() == kind::cycle);
}

TEST_CASE("an int of any size keeps the octets that Python gives it") {
  for (const auto& [digits, text] : recorded_integers) {
    CAPTURE(text);
    const std::string octets = from_hexadecimal(digits);
    const bool negative = text.front() == '-';
    CHECK(value::make_integer(octets).integer_octets() == octets);
    const std::string longer = octets + std::string(17, negative ? '\xff' : '\0');
    CHECK(value::make_integer(longer).integer_octets() == octets);

    std::int64_t number = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code == std::errc{}) {
      CHECK(value::make_integer(octets).integer() == number);
      CHECK(value::make_integer(longer).integer() == number);
      CHECK(value(number).integer_octets() == octets);
    } else {
      CHECK(octets.size() > 8);
      CHECK_THROWS_AS(value::make_integer(octets).integer(), value_error);
    }
    std::uint64_t positive = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), positive).ec == std::errc{}) {
      CHECK(value(positive).integer_octets() == octets);
    }
  }
  CHECK(value::make_integer("").integer() == 0);
}

TEST_CASE("an int takes no node where 64 bits hold it") {
  CHECK(value(std::numeric_limits<std::int64_t>::min()).identity() == nullptr);
  CHECK(value(std::numeric_limits<std::int64_t>::max()).identity() == nullptr);
  CHECK(value(std::numeric_limits<std::uint64_t>::max()).identity() != nullptr);
  CHECK(value::make_integer(std::string(8, '\xff') + std::string(20, '\xff')).integer() == -1);
}

TEST_CASE("a copy is the same node, and a value that was moved from is none") {
  const value list = ingot::list{1, 2};
  value copy = list;
  CHECK(copy.identity() == list.identity());
  const value taken = std::move(copy);
  CHECK(taken.identity() == list.identity());
  CHECK(copy.is_none());  // NOLINT: the promise under test
  ingot::dict state{{"a", 1}};
  const ingot::dict gone = std::move(state);
  CHECK(gone.size() == 1);
  CHECK(state.is_none());  // NOLINT
  value self = list;
  value& alias = self;
  self = alias;
  CHECK(self.size() == 2);
  self = std::move(alias);
  CHECK(self.size() == 2);
}

TEST_CASE("an accessor of another kind throws and says what it found") {
  const value number = 3;
  CHECK(message_of([&] { (void)number.text(); }) == "expected str, found int 3");
  CHECK(message_of([&] { (void)number.floating(); }) == "expected float, found int 3");
  CHECK(message_of([&] { (void)number.boolean(); }) == "expected bool, found int 3");
  CHECK(message_of([&] { (void)number.elements(); }) == "expected list, tuple or set, found int 3");
  CHECK(message_of([&] { (void)number.items(); }) == "expected dict, found int 3");
  CHECK(message_of([&] { (void)number.find("a"); }) == "expected dict, found int 3");
  CHECK(message_of([&] { (void)number.find(3); }) == "expected dict, found int 3");
  CHECK(message_of([&] { (void)number.tensor(); }) == "expected tensor, found int 3");
  CHECK(message_of([&] { (void)number.shape(); }) == "expected tensor, found int 3");
  CHECK(message_of([&] { (void)number.type(); }) == "expected tensor, found int 3");
  CHECK(message_of([&] { (void)number.class_name(); }) == "expected object, found int 3");
  CHECK(message_of([&] { (void)value("a").integer(); }) == "expected int, found str \"a\"");
  CHECK(message_of([&] { (void)value(1e300).integer(); }) == "expected int, found float 1e+300");
  CHECK(message_of([&] { (void)value(true).integer(); }) == "expected int, found True");
  CHECK(message_of([&] { (void)value(std::string(1000, 'x')).integer(); }) ==
        "expected int, found str \"" + std::string(40, 'x') + "...\"");
  CHECK(message_of([&] { (void)ingot::list{1}.text(); }) == "expected str, found list of 1 item");
  const value object = value::make_object("a.B", {{1, 2}});
  CHECK(message_of([&] { (void)object.find(1); }) == "expected dict, found an object of class a.B");
  CHECK(object.items().size() == 1);
}

TEST_CASE("a mapping finds str and int keys, few or many, the first of equal ones") {
  for (const int count : {1, 16, 17, 1000}) {
    std::vector<value::pair> items;
    for (int i = 0; i < count; ++i) items.emplace_back("key" + std::to_string(i), i);
    for (int i = 0; i < count; ++i) items.emplace_back(i - 5, -i);
    items.emplace_back("key0", 12345);
    items.emplace_back(nullptr, "none as a key");
    items.emplace_back(std::numeric_limits<std::uint64_t>::max(), "big");
    const value state = value::make_mapping(kind::dict, items);
    CHECK(state.size() == items.size());
    for (int i = 0; i < count; ++i) {
      REQUIRE(state.find("key" + std::to_string(i)) != nullptr);
      CHECK(state.find("key" + std::to_string(i))->integer() == i);
      REQUIRE(state.find(i - 5) != nullptr);
      CHECK(state.find(i - 5)->integer() == -i);
    }
    CHECK(state.find("key") == nullptr);
    CHECK(state.find(std::int64_t{count}) == nullptr);
    CHECK(state.contains("key0"));
    CHECK_FALSE(state.contains("0"));
  }
}

TEST_CASE("threads that look keys up in one mapping for the first time see the same") {
  std::vector<value::pair> items;
  for (int i = 0; i < 5000; ++i) items.emplace_back("key" + std::to_string(i), i);
  const value state = value::make_mapping(kind::dict, std::move(items));
  std::vector<int> found(4);
  {
    std::vector<std::jthread> threads;
    for (int& count : found) {
      threads.emplace_back([&] {
        for (int i = 0; i < 5000; ++i) {
          count += state.find("key" + std::to_string(i))->integer() == i ? 1 : 0;
        }
      });
    }
  }
  for (const int count : found) CHECK(count == 5000);
}

TEST_CASE("a mapping keeps its order and what was pickled with it") {
  const value state = value::make_mapping(kind::ordered_dict, {{"z", 1}, {"a", 2}, {3, 4}},
                                          {{"_metadata", ingot::dict{{"version", 1}}}});
  CHECK(state.items()[0].first.text() == "z");
  CHECK(state.items()[2].first.integer() == 3);
  REQUIRE(state.attributes().size() == 1);
  CHECK(state.attributes()[0].second["version"].integer() == 1);
  CHECK(value(3).attributes().empty());
  CHECK(value("a").attributes().empty());
}

TEST_CASE("a path of keys and indexes leads to a value and is in the error") {
  const value checkpoint =
      ingot::dict{{"model", ingot::dict{{"weight", 1}, {"bias", 2}}},
                  {"groups", ingot::list{ingot::dict{{"lr", 0.1}}, ingot::tuple{1, "two"}}},
                  {"state", ingot::dict{{0, "zero"}, {-1, "minus"}}}};
  CHECK(checkpoint["groups"][0]["lr"].floating() == 0.1);
  CHECK(checkpoint["groups"][1][1].text() == "two");
  CHECK(checkpoint["state"][0].text() == "zero");
  CHECK(checkpoint["state"][-1].text() == "minus");
  CHECK(checkpoint[std::string("model")]["bias"].integer() == 2);
  CHECK(checkpoint["groups"][1u][1].path() == "[\"groups\"][1][1]");

  const ingot::entry root(checkpoint, "checkpoint.tar");
  CHECK(root["groups"][0].path() == "checkpoint.tar[\"groups\"][0]");
  CHECK(message_of([&] { root["model"]["wieght"]; }) ==
        "checkpoint.tar[\"model\"]: expected the key \"wieght\", found the keys \"weight\", "
        "\"bias\"; did you mean \"weight\"?");
  CHECK(message_of([&] { root["state"][7]; }) ==
        "checkpoint.tar[\"state\"]: expected the key 7, found the keys 0, -1");
  CHECK(message_of([&] { root["groups"][2]; }) ==
        "checkpoint.tar[\"groups\"]: expected a list with an element 2, found list of 2 items");
  CHECK(message_of([&] { root["groups"][-1]; }) ==
        "checkpoint.tar[\"groups\"]: expected a list with an element -1, found list of 2 items");
  CHECK(message_of([&] { root["groups"]["lr"]; }) ==
        "checkpoint.tar[\"groups\"]: expected a dict with the key \"lr\", found list of 2 items");
  CHECK(message_of([&] { checkpoint["epcoh"]; }) ==
        "expected the key \"epcoh\", found the keys \"model\", \"groups\", \"state\"");
  CHECK(message_of([&] { ingot::dict{}["a"]; }) == "expected the key \"a\", found no keys");
}

TEST_CASE("the keys that an error lists are few and short, of any kind") {
  std::vector<value::pair> items{{std::numeric_limits<std::uint64_t>::max(), 1},
                                 {ingot::tuple{1, 2}, 2},
                                 {std::string(100'000, 'k'), 3}};
  for (int i = 0; i < 100; ++i) items.emplace_back(i, i);
  const std::string text =
      message_of([&] { value::make_mapping(kind::dict, std::move(items))["a"]; });
  CHECK(text == "expected the key \"a\", found the keys int, tuple, \"" + std::string(40, 'k') +
                    "...\", 0, 1, 2, 3, 4, ...");
}

TEST_CASE("a value of a tensor object refers to it, of a temporary it owns it") {
  ingot::tensor<float> weight(ingot::shape{2, 3});
  const value refers = weight;
  weight[4] = 7;
  CHECK(refers.tensor().bytes->data() == reinterpret_cast<const std::byte*>(weight.data()));
  CHECK(refers.shape() == ingot::shape{2, 3});
  CHECK(refers.type() == ingot::dtype::float32);

  ingot::tensor<float> temporary = weight;
  const std::byte* data = reinterpret_cast<const std::byte*>(temporary.data());
  const value owns = std::move(temporary);
  CHECK(owns.tensor().bytes->data() == data);
  CHECK_FALSE(temporary.defined());  // NOLINT: moved from
  CHECK(reinterpret_cast<const float*>(owns.tensor().bytes->data())[4] == 7);
}

TEST_CASE("a tensor that never got a shape is no value") {
  const ingot::tensor<float> undefined;
  CHECK_THROWS_AS(value{undefined}, value_error);
  CHECK_THROWS_AS(value{ingot::tensor<float>()}, value_error);
}

TEST_CASE("a tensor value's elements lie inside of its storage") {
  const std::vector<std::byte> bytes(24);
  ingot::tensor_data tensor;
  tensor.bytes = std::make_shared<const ingot::storage>(bytes.data(), bytes.size());
  const auto made_of = [&](ingot::shape shape, ingot::strides strides, std::int64_t offset) {
    tensor.shape = std::move(shape);
    tensor.strides = std::move(strides);
    tensor.offset = offset;
    return message_of([&] { value::make_ndarray(tensor); }) == "nothing was thrown" &&
           message_of([&] { (void)value(tensor); }) == "nothing was thrown";
  };
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  CHECK(made_of({2, 3}, {3, 1}, 0));
  CHECK(made_of({3, 2}, {1, 3}, 0));
  CHECK(made_of({}, {}, 5));
  CHECK(made_of({1000}, {0}, 5));
  CHECK(made_of({0}, {1}, 0));
  CHECK(made_of({5, 0, most}, {0, most, most}, 0));
  CHECK_FALSE(made_of({}, {}, 6));
  CHECK_FALSE(made_of({}, {}, -1));
  CHECK_FALSE(made_of({7}, {1}, 0));
  CHECK_FALSE(made_of({3, 2}, {1, 4}, 0));
  CHECK_FALSE(made_of({2}, {-1}, 1));
  CHECK_FALSE(made_of({-1}, {1}, 0));
  CHECK_FALSE(made_of({2, 3}, {3}, 0));
  CHECK_FALSE(made_of({2}, {1, 1}, 0));
  CHECK_FALSE(made_of({}, {}, most));
  CHECK_FALSE(made_of({2}, {most}, 0));
  CHECK_FALSE(made_of({most, most}, {0, 0}, 0));
}

TEST_CASE("a storage of bytes that the file doesn't have is refused when it is made") {
  struct ten_bytes final : ingot::source {
    std::string called = "model.pt";
    const std::string& name() const noexcept override { return called; }
    std::uint64_t size() const noexcept override { return 10; }
    void read(std::uint64_t, std::span<std::byte>) const override {}
  };
  const auto from = std::make_shared<const ten_bytes>();
  CHECK(ingot::storage({.from = from, .offset = 10, .size = 0}).size() == 0);
  CHECK(ingot::storage({.from = from, .offset = 2, .size = 8}).file()->offset == 2);
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  const auto made_of = [&](std::uint64_t offset, std::uint64_t size) {
    return ingot::storage({.from = from, .offset = offset, .size = size, .record = "data/0"});
  };
  CHECK_THROWS_WITH_AS(made_of(2, 9),
                       "model.pt: data/0: expected 9 bytes from byte 2, found the end at byte 10; "
                       "the file is cut off or damaged",
                       ingot::format_error);
  CHECK_THROWS_AS(made_of(11, 0), ingot::format_error);
  CHECK_THROWS_AS(made_of(most, 2), ingot::format_error);
  CHECK_THROWS_AS(made_of(2, most), ingot::format_error);
}

TEST_CASE("with() gives a mapping with another content under one key, of the same kind") {
  const value first = value::make_mapping(ingot::kind::ordered_dict, {{"epoch", 3}, {7, "seven"}},
                                          {{"_metadata", "kept"}});
  const value changed = first.with("epoch", 4).with("loss", 0.5);
  CHECK(first["epoch"].as<int>() == 3);
  CHECK(changed.kind() == ingot::kind::ordered_dict);
  CHECK(changed.size() == 3);
  CHECK(changed.items()[0].second.integer() == 4);
  CHECK(changed[7].as<std::string>() == "seven");
  CHECK(changed["loss"].as<double>() == 0.5);
  CHECK(changed.attributes().size() == 1);
  CHECK_THROWS_AS(value(3).with("epoch", 4), ingot::value_error);
}

}  // namespace value_test
