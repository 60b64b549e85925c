// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <regex>
#include <string>
#include <string_view>

#include <ingot/core/error.hpp>

namespace ingot {

/// A load_options::rename that replaces each match of an ECMAScript pattern:
/// `regex_rename("^module\\.", "")`; `$1` in the replacement is a group. Throws value_error where
/// the pattern is no regular expression. A name of more than 1024 bytes is refused with a
/// value_error when it comes: std::regex recurses over it and would overflow the stack.
inline std::function<std::string(std::string_view)> regex_rename(const std::string& pattern,
                                                                 std::string replacement) {
  std::regex compiled;
  try {
    compiled.assign(pattern, std::regex::ECMAScript | std::regex::optimize);
  } catch (const std::regex_error& failure) {
    throw value_error({.where = "regex_rename",
                       .expected = "a regular expression",
                       .found = '"' + pattern + "\" (" + failure.what() + ')'});
  }
  return [compiled = std::move(compiled),
          replacement = std::move(replacement)](std::string_view name) {
    constexpr std::size_t longest = 1024;
    if (name.size() > longest) {
      throw value_error({.where = std::string(name.substr(0, 64)) + "...",
                         .expected = "a name of at most 1024 bytes to rename by regular expression",
                         .found = std::to_string(name.size()) + " bytes",
                         .remedy = "rename with a function of your own"});
    }
    std::string result;
    std::regex_replace(std::back_inserter(result), name.begin(), name.end(), compiled, replacement);
    return result;
  };
}

}  // namespace ingot
