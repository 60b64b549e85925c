// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include <ingot/core/error.hpp>
#include <ingot/format/json/number.hpp>
#include <ingot/format/json/read.hpp>
#include <ingot/format/json/write.hpp>

namespace json_test {

namespace json = ingot::detail::json;
using namespace std::string_literals;

namespace {

/// Writes down what it is told.
struct recorder {
  std::string log;

  void null() { log += "null "; }
  void boolean(bool flag) { log += flag ? "true " : "false "; }
  void number(std::string_view text) { log.append(text).append(" "); }
  void string(std::string_view text) { log.append("'").append(text).append("' "); }
  void begin_object() { log += "{ "; }
  void key(std::string_view text) { log.append(text).append(": "); }
  void end_object() { log += "} "; }
  void begin_array() { log += "[ "; }
  void end_array() { log += "] "; }
};

std::string events(std::string_view text) {
  recorder to;
  json::read(text, to, "x.json", "header");
  return to.log;
}

std::string refusal(std::string_view text) {
  recorder to;
  try {
    json::read(text, to, "x.json", "header");
  } catch (const ingot::format_error& failure) {
    return failure.what();
  }
  return "taken";
}

std::string written(std::string_view text) {
  std::string result;
  json::append_string(result, text);
  return result;
}

}  // namespace

TEST_CASE("JSON is handed over in order, numbers as they are written") {
  CHECK(events(R"( {"a": [1, -0, 1.50e+2, true, false, null, "x"], "": {}} )") ==
        "{ a: [ 1 -0 1.50e+2 true false null 'x' ] : { } } ");
  CHECK(events(R"("\u0041\n\ud83d\ude00\/")") == "'A\n\xf0\x9f\x98\x80/' ");
  CHECK(events("\"a\\u0000b\"") == "'a\0b' "s);
}

TEST_CASE("an error in JSON names the file, the place and what is there") {
  CHECK(refusal("{\"a\":nul}") == "x.json: header, byte 8: expected JSON, found Invalid value.");
  CHECK(refusal("{}\0"s) == "x.json: header, byte 2: expected JSON, found a zero byte");
  CHECK(refusal("\0{}"s).ends_with("The document is empty."));
  CHECK(refusal("{}x").ends_with("found The document root must not be followed by other values."));
  CHECK(refusal("\"\xff\"").ends_with("found bytes that aren't UTF-8"));
  CHECK(refusal("\"\xed\xa0\x80\"").ends_with("found bytes that aren't UTF-8"));
  CHECK(refusal(R"("\udc00")").ends_with("found half of a surrogate pair"));
  CHECK(refusal(R"({"\udc00":1})").ends_with("found half of a surrogate pair"));
  CHECK(refusal(R"("\ud800x")").ends_with("The surrogate pair in string is invalid."));
  CHECK(refusal("[1e309]").ends_with("Number too big to be stored in double."));
  CHECK(refusal("17976931348623157" + std::string(291, '0') + "e1")
            .ends_with("a number outside of the range of a double"));
}

TEST_CASE("depth is bounded, and costs no stack") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(refusal(nested(127)) == "taken");
  CHECK(refusal(nested(128)).ends_with("more than 127 containers in one another"));
  CHECK(refusal(std::string(10'000'000, '[')).ends_with("more than 127 containers in one another"));
  std::string siblings = "[";
  for (int i = 0; i < 1000; ++i) siblings += nested(100) + ",{},";
  CHECK(refusal(siblings + "0]") == "taken");
}

TEST_CASE("only digits are an unsigned integer") {
  CHECK(json::to_unsigned("0") == 0u);
  CHECK(json::to_unsigned("18446744073709551615") == 18446744073709551615u);
  for (const char* text : {"18446744073709551616", "-0", "-1", "1.0", "1e1", ""}) {
    CAPTURE(text);
    CHECK_FALSE(json::to_unsigned(text).has_value());
  }
}

TEST_CASE("numbers are finite where serde_json finds them finite") {
  for (const char* text : {"0", "-0.0", "1e308", "-1.7976931348623157e308", "1e-999", "0.1e309",
                           "1e-99999999999999999999", "0e99999999999999999999"}) {
    CAPTURE(text);
    CHECK(json::is_finite(text));
  }
  for (const char* text : {"1e309", "-1e309", "1.7976931348623159e308", "10e308", "0.01e311",
                           "1e99999999999999999999", "18446744073709551616.5e290"}) {
    CAPTURE(text);
    CHECK_FALSE(json::is_finite(text));
  }
  CHECK(json::is_finite("0." + std::string(400, '0') + "1e400"));
  CHECK(json::is_finite(std::string(308, '1')));
  CHECK_FALSE(json::is_finite(std::string(310, '1')));
}

TEST_CASE("strings are escaped as serde_json does") {
  CHECK(written("a\"\\/\b\f\n\r\t\x01\x1f\x7f\xe2\x80\xa8") ==
        "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xe2\x80\xa8\"");
  CHECK(written(std::string_view("\0", 1)) == "\"\\u0000\"");
}

}  // namespace json_test
