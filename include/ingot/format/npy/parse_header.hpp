// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/shape.hpp>
#include <ingot/format/npy/descr.hpp>
#include <ingot/format/npy/header.hpp>

namespace ingot::detail::npy {

/// Reads the literal of a Python dict with the keys 'descr', 'fortran_order' and 'shape', each once
/// and in any order: what writers of .npy files print, of the many ways that Python has to say it.
class header_parser {
 public:
  /// `python2`: sizes may end in L, as Python 2 printed them.
  header_parser(std::string_view text, bool python2) : text_(text), python2_(python2) {}

  /// Throws format_error.
  header parse() {
    header result;
    while (next() == ' ' || next() == '\t') ++at_;
    if (next() != '{') refuse("'{'");  // on another line it could be a block of Python's
    ++at_;
    bool has_type = false, has_order = false, has_shape = false;
    while (!skip('}')) {
      const std::string_view key = string();
      expect(':');
      if (key == "descr") {
        once(has_type, key);
        parse_descr(result);
      } else if (key == "fortran_order") {
        once(has_order, key);
        result.fortran_order = boolean();
      } else if (key == "shape") {
        once(has_shape, key);
        result.shape = tuple();
      } else {
        refuse("the keys 'descr', 'fortran_order' and 'shape'", quoted(key));
      }
      if (skip(',')) continue;
      expect('}');
      break;
    }
    skip_space();
    if (at_ != text_.size()) refuse("nothing but space after the dict");
    if (!has_type || !has_order || !has_shape) {
      refuse("the keys 'descr', 'fortran_order' and 'shape'", "not all of them");
    }
    if (!is_possible(result.shape, result.type)) {
      refuse("at most 64 dimensions and less than 2^63 bytes, as numpy", to_string(result.shape));
    }
    return result;
  }

 private:
  char next() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_space() noexcept {
    while (at_ < text_.size() && std::string_view(" \t\n\r\f").find(text_[at_]) != text_.npos) {
      ++at_;
    }
  }

  // Whether `wanted` comes next; it is read then.
  bool skip(char wanted) noexcept {
    skip_space();
    if (next() != wanted) return false;
    ++at_;
    return true;
  }

  void expect(char wanted) {
    if (!skip(wanted)) refuse(std::string("'") + wanted + '\'');
  }

  void once(bool& seen, std::string_view key) {
    if (seen) refuse("each key once", quoted(key) + " twice");
    seen = true;
  }

  // The characters between quotes. None of the names that mean something has an escape in it.
  std::string_view string() {
    skip_space();
    const char quote = next();
    if (quote != '\'' && quote != '"') refuse("a str");
    const std::size_t first = ++at_;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\' || text_[at_] == '\n' || text_[at_] == '\r') {
        refuse("a str without escapes");
      }
      ++at_;
    }
    if (at_ == text_.size()) refuse("the end of a str");
    return text_.substr(first, at_++ - first);
  }

  void parse_descr(header& into) {
    skip_space();
    if (next() == '[' || next() == '(') {
      refuse_type(text_.substr(at_), {"a structure, or elements that are arrays",
                                      "in Python: save each field by itself"});
    }
    set_type(into, string());
  }

  bool boolean() {
    skip_space();
    for (const auto& [word, meaning] : {std::pair{"True", true}, std::pair{"False", false}}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += std::string_view(word).size();
      return meaning;
    }
    refuse("True or False");
  }

  std::int64_t extent() {
    skip_space();
    std::int64_t number = 0;
    const char* const first = text_.data() + at_;
    const auto [end, code] = std::from_chars(first, text_.data() + text_.size(), number);
    const auto digits = end - first;
    if (code != std::errc{} || *first == '-' || (*first == '0' && digits > 1)) {
      refuse("a size from 0 to 2^63 - 1");
    }
    at_ += static_cast<std::size_t>(digits);
    if (python2_ && next() == 'L') ++at_;
    return number;
  }

  ingot::shape tuple() {
    expect('(');
    std::vector<std::int64_t> extents;
    while (!skip(')')) {
      extents.push_back(extent());
      const bool comma = skip(',');
      if (comma) continue;
      if (extents.size() == 1) refuse("a tuple, with a comma after its one size");
      expect(')');
      break;
    }
    return ingot::shape(extents);
  }

  static std::string quoted(std::string_view text) {
    return '\'' + std::string(text.substr(0, 40)) + '\'';
  }

  [[noreturn]] void refuse(std::string expected) const {
    refuse(std::move(expected), at_ < text_.size() ? quoted(text_.substr(at_)) : "the end");
  }
  [[noreturn]] void refuse(std::string expected, std::string found) const {
    throw format_error({.where = "header, character " + std::to_string(at_),
                        .expected = std::move(expected),
                        .found = std::move(found)});
  }

  std::string_view text_;
  bool python2_;
  std::size_t at_ = 0;
};

}  // namespace ingot::detail::npy
