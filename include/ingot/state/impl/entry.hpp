// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <ingot/core/error.hpp>
#include <ingot/core/near.hpp>
#include <ingot/core/separate.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

namespace detail {

/// Up to eight keys, as error messages list them.
inline std::string list_keys(const value& of) {
  constexpr std::size_t most = 8;
  std::string text;
  std::size_t count = 0;
  for (const auto& [key, content] : of.items()) {
    if (++count > most) {
      text += ", ...";
      break;
    }
    if (!text.empty()) text += ", ";
    if (key.kind() == kind::string)
      text += detail::quoted(key.text());
    else if (key.kind() == kind::integer && key.identity() == nullptr)
      text += std::to_string(key.integer());
    else
      text += name(key.kind());
  }
  return text.empty() ? "no keys" : "the keys " + text;
}

[[noreturn]] inline void refuse_key(const value& of, std::string_view key,
                                    const std::string& path) {
  const auto near = nearest_name(key, of.items(), [](const value::pair& item) {
    return item.first.kind() == kind::string ? std::string_view(item.first.text())
                                             : std::string_view();
  });
  throw value_error({.where = path,
                     .expected = "the key \"" + std::string(key) + '"',
                     .found = list_keys(of),
                     .remedy = near ? "did you mean \"" + std::string(*near) + "\"?" : ""});
}

INGOT_INLINE const value& at_key(const value& of, std::string_view key, const std::string& path) {
  if (!of.is_mapping()) {
    throw value_error({.where = path,
                       .expected = "a dict with the key \"" + std::string(key) + '"',
                       .found = summary(of)});
  }
  const value* found = of.find(key);
  if (found == nullptr) refuse_key(of, key, path);
  return *found;
}

INGOT_INLINE const value& at_index(const value& of, std::int64_t index, const std::string& path) {
  if (of.is_mapping()) {
    const value* found = of.find(index);
    if (found != nullptr) return *found;
    throw value_error(
        {.where = path, .expected = "the key " + std::to_string(index), .found = list_keys(of)});
  }
  if (!of.is_sequence() || index < 0 || static_cast<std::size_t>(index) >= of.size()) {
    throw value_error({.where = path,
                       .expected = "a list with an element " + std::to_string(index),
                       .found = summary(of)});
  }
  return of.elements()[static_cast<std::size_t>(index)];
}

INGOT_INLINE std::string key_path(const std::string& path, std::string_view key) {
  return path + "[\"" + std::string(key) + "\"]";
}

INGOT_INLINE std::string index_path(const std::string& path, std::int64_t index) {
  return path + '[' + std::to_string(index) + ']';
}

}  // namespace detail

INGOT_INLINE entry value::operator[](std::string_view key) const {
  return {detail::at_key(*this, key, {}), detail::key_path({}, key)};
}

INGOT_INLINE entry value::operator[](const char* key) const {
  return (*this)[std::string_view(key)];
}

INGOT_INLINE entry value::at(std::int64_t index) const {
  return {detail::at_index(*this, index, {}), detail::index_path({}, index)};
}

INGOT_INLINE entry entry::operator[](std::string_view key) const {
  return {detail::at_key(*this, key, path_), detail::key_path(path_, key)};
}

}  // namespace ingot
