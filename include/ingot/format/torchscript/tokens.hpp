// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <ingot/core/error.hpp>

namespace ingot::detail::torchscript {

enum class token_kind : std::uint8_t {
  name,    ///< or a number
  text,    ///< what is between the quotes, escapes as they are written
  symbol,  ///< any other single character
  line,    ///< a line begins
  end,
};

struct token {
  token_kind kind = token_kind::end;
  std::string_view text{};
  std::size_t indent = 0;  ///< of a line

  bool is(std::string_view word) const noexcept {
    return (kind == token_kind::name || kind == token_kind::symbol) && text == word;
  }
};

/// The tokens of TorchScript's text, which is Python's: lines go on in brackets and behind a
/// backslash, and comments and empty lines are none. Each byte is looked at once. Throws
/// format_error for a string or a bracket that isn't closed.
class tokens {
 public:
  /// The text must outlive the tokens.
  explicit tokens(std::string_view text) : text_(text), next_(begin_line()) {}

  const token& peek() const noexcept { return next_; }

  token take() {
    const token result = next_;
    next_ = scan();
    return result;
  }

  /// Whether what peek() sees is outside of all brackets.
  bool outside() const noexcept { return depth_ == 0; }

  /// "line 3": where the next token is.
  std::string place() const {
    const auto end = text_.begin() + static_cast<std::ptrdiff_t>(start_);
    return "line " + std::to_string(1 + std::count(text_.begin(), end, '\n'));
  }

  [[noreturn]] void refuse(std::string expected) const {
    constexpr std::size_t longest = 40;
    std::string found = next_.kind == token_kind::end ? "the end"
                        : next_.kind == token_kind::line
                            ? "the end of the line"
                            : std::string(next_.text.substr(0, longest));
    throw format_error(
        {.where = place(), .expected = std::move(expected), .found = std::move(found)});
  }

 private:
  static bool is_blank(char each) noexcept { return each == ' ' || each == '\t' || each == '\r'; }
  // Bytes of UTF-8 too: what Python takes for a name is no matter here.
  static bool is_part_of_name(char each) noexcept {
    return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
           (each >= '0' && each <= '9') || each == '_' || static_cast<unsigned char>(each) >= 0x80;
  }

  char at(std::size_t index) const noexcept { return index < text_.size() ? text_[index] : '\0'; }

  token scan() {
    skip_blanks();
    start_ = position_;
    if (position_ == text_.size()) return end();
    if (text_[position_] == '\n') return begin_line();
    if (text_[position_] == '"' || text_[position_] == '\'') return string();
    if (!is_part_of_name(text_[position_])) return symbol();
    while (is_part_of_name(at(position_))) ++position_;
    return {token_kind::name, text_.substr(start_, position_ - start_)};
  }

  void skip_blanks() {
    for (;; ++position_) {
      if (at(position_) == '#') skip_comment();
      if (at(position_) == '\\' && at(position_ + 1) == '\n') {
        ++position_;
      } else if (!is_blank(at(position_)) && !(at(position_) == '\n' && depth_ != 0)) {
        return;
      }
    }
  }
  void skip_comment() { position_ = std::min(text_.find('\n', position_), text_.size()); }

  // Past the ends of lines, to the first line that has something in it.
  token begin_line() {
    for (;;) {
      if (at(position_) == '\n') ++position_;
      const std::size_t first = position_;
      while (is_blank(at(position_))) ++position_;
      const std::size_t indent = position_ - first;
      if (at(position_) == '#') skip_comment();
      if (position_ == text_.size()) return {token_kind::line, {}, 0};
      if (text_[position_] != '\n') return {token_kind::line, {}, indent};
    }
  }

  token end() const {
    if (depth_ == 0) return {};
    throw format_error({.where = place(), .expected = "a closing bracket", .found = "the end"});
  }

  token symbol() {
    const char what = text_[position_++];
    if (what == '(' || what == '[' || what == '{') ++depth_;
    if (what == ')' || what == ']' || what == '}') {
      if (depth_ == 0) {
        throw format_error(
            {.where = place(), .expected = "no closing bracket", .found = std::string(1, what)});
      }
      --depth_;
    }
    return {token_kind::symbol, text_.substr(start_, 1)};
  }

  token string() {
    const bool triple = text_.substr(position_, 3) == std::string(3, text_[position_]);
    const std::string_view quote = text_.substr(position_, triple ? 3 : 1);
    position_ += quote.size();
    const std::size_t first = position_;
    for (;; position_ += text_[position_] == '\\' ? 2u : 1u) {
      if (position_ >= text_.size() || (!triple && text_[position_] == '\n')) {
        throw format_error({.where = place(), .expected = "a string with an end", .found = "none"});
      }
      if (text_.substr(position_, quote.size()) == quote) break;
    }
    const token result{token_kind::text, text_.substr(first, position_ - first)};
    position_ += quote.size();
    return result;
  }

  std::string_view text_;
  std::size_t position_ = 0;
  std::size_t start_ = 0;
  std::size_t depth_ = 0;
  token next_;
};

}  // namespace ingot::detail::torchscript
