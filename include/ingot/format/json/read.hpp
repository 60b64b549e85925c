// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <ingot/core/error.hpp>
#include <ingot/core/utf8.hpp>
#include <ingot/format/json/number.hpp>
#include <ingot/format/json/rapidjson.hpp>

namespace ingot::detail::json {

/// What read() calls for what it finds. What a handler throws goes through.
template <class H>
concept handler = requires(H to, bool flag, std::string_view text) {
  to.null();
  to.boolean(flag);
  to.number(text);  // as it is written
  to.string(text);  // without its escapes
  to.begin_object();
  to.key(text);
  to.end_object();
  to.begin_array();
  to.end_array();
};

/// Stricter than RapidJSON, and as strict as serde_json: the depth is bounded, strings have no lone
/// surrogates and numbers fit in a double.
template <handler Handler>
class events {
 public:
  explicit events(Handler& to) : to_(to) {}

  std::string_view refused;  ///< what is wrong where an event returned false

  bool Null() { return to_.null(), true; }
  bool Bool(bool flag) { return to_.boolean(flag), true; }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    if (!is_finite({text, size})) return refuse("a number outside of the range of a double");
    return to_.number({text, size}), true;
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    if (has_surrogate({text, size})) return refuse("half of a surrogate pair");
    return to_.string({text, size}), true;
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    if (has_surrogate({text, size})) return refuse("half of a surrogate pair");
    return to_.key({text, size}), true;
  }
  bool StartObject() { return deeper() && (to_.begin_object(), true); }
  bool StartArray() { return deeper() && (to_.begin_array(), true); }
  bool EndObject(rapidjson::SizeType) {
    --depth_;
    return to_.end_object(), true;
  }
  bool EndArray(rapidjson::SizeType) {
    --depth_;
    return to_.end_array(), true;
  }
  // RawNumber has them all.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

 private:
  static constexpr std::size_t most_deep = 127;

  bool refuse(std::string_view what) {
    refused = what;
    return false;
  }
  bool deeper() {
    if (depth_ == most_deep) return refuse("more than 127 containers in one another");
    ++depth_;
    return true;
  }

  Handler& to_;
  std::size_t depth_ = 0;
};

/// Reads one JSON text, UTF-8, for a handler. Takes what serde_json takes, but that a zero with an
/// exponent above 308 is refused. Throws format_error; `file` and `where` are for its message.
template <handler Handler>
void read(std::string_view text, Handler& to, const std::string& file, const std::string& where) {
  const auto refuse = [&](std::size_t at, std::string found) {
    throw format_error({.file = file,
                        .where = where + ", byte " + std::to_string(at),
                        .expected = "JSON",
                        .found = std::move(found)});
  };
  constexpr std::size_t longest = 0x7fffffff;  // RapidJSON counts with 32 bits
  if (text.size() > longest) refuse(longest, "more than 2 GiB of it");
  if (!is_utf8(text)) refuse(0, "bytes that aren't UTF-8");
  constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  events<Handler> calls(to);
  const rapidjson::ParseResult result = reader.Parse<flags>(stream, calls);
  if (result) {
    // RapidJSON takes a zero byte for the end.
    if (stream.Tell() != text.size()) refuse(stream.Tell(), "a zero byte");
    return;
  }
  refuse(result.Offset(), calls.refused.empty() ? rapidjson::GetParseError_En(result.Code())
                                                : std::string(calls.refused));
}

}  // namespace ingot::detail::json
