// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/safe_hash.hpp>
#include <ingot/core/utf8.hpp>
#include <ingot/format/native/cursor.hpp>
#include <ingot/format/native/layout.hpp>

namespace ingot::detail::native {

/// Throws value_error for text that isn't UTF-8 (in which lone surrogates may stand).
inline void check_text(std::string_view text) {
  if (!is_python_text(text)) {
    throw value_error({.expected = "text in UTF-8",
                       .found = "other bytes",
                       .remedy = "store it as bytes: ingot::value::make_bytes"});
  }
}

/// Numbers the names that nodes have in common (dtypes, devices, classes) in the order of their
/// first use.
class name_table {
 public:
  std::uint64_t operator[](std::string_view text) {
    const auto known = numbers_.find(text);
    if (known != numbers_.end()) return known->second;
    check_text(text);
    if (text.size() > longest_name) {
      throw value_error({.expected = "a name of at most " + std::to_string(longest_name) + " bytes",
                         .found = std::to_string(text.size())});
    }
    append_octets(encoded_, text);
    return numbers_.emplace(text, numbers_.size()).first->second;
  }

  // Every tensor has one.
  std::uint64_t operator[](dtype type) {
    std::uint64_t& known = dtypes_[static_cast<std::size_t>(type)];
    if (known == 0) known = (*this)[name(type)] + 1;
    return known - 1;
  }

  /// Their number, then each.
  std::string encoded() const {
    std::string result;
    append_number(result, numbers_.size());
    return result + encoded_;
  }

 private:
  struct equal {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const noexcept { return a == b; }
  };

  std::unordered_map<std::string, std::uint64_t, safe_hash, equal> numbers_;
  std::array<std::uint64_t, dtype_table.size()> dtypes_{};  // 0: none yet
  std::string encoded_;
};

}  // namespace ingot::detail::native
