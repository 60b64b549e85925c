// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <ingot/core/near.hpp>
#include <ingot/state/detail/value_impl.hpp>

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

inline const value& at_key(const value& of, std::string_view key, const std::string& path) {
  if (!of.is_mapping()) {
    throw value_error({.where = path,
                       .expected = "a dict with the key \"" + std::string(key) + '"',
                       .found = summary(of)});
  }
  const value* found = of.find(key);
  if (found == nullptr) refuse_key(of, key, path);
  return *found;
}

inline const value& at_index(const value& of, std::int64_t index, const std::string& path) {
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

/// Calls `act`; the errors about values then say where they were met.
template <class Act>
auto at_path(const std::string& path, Act act) {
  try {
    return act();
  } catch (const value_error& failure) {
    error_info info = failure.info();
    info.where = path + (info.where.empty() ? "" : ": " + info.where);
    throw value_error(std::move(info));
  }
}

inline std::string key_path(const std::string& path, std::string_view key) {
  return path + "[\"" + std::string(key) + "\"]";
}
inline std::string index_path(const std::string& path, std::int64_t index) {
  return path + '[' + std::to_string(index) + ']';
}

}  // namespace detail

inline entry value::operator[](std::string_view key) const {
  return {detail::at_key(*this, key, {}), detail::key_path({}, key)};
}
inline entry value::operator[](const char* key) const { return (*this)[std::string_view(key)]; }
inline entry value::at(std::int64_t index) const {
  return {detail::at_index(*this, index, {}), detail::index_path({}, index)};
}
template <std::integral Index>
entry value::operator[](Index index) const {
  return at(static_cast<std::int64_t>(index));
}

inline entry entry::operator[](std::string_view key) const {
  return {detail::at_key(*this, key, path_), detail::key_path(path_, key)};
}
template <std::integral Index>
entry entry::operator[](Index index) const {
  const auto number = static_cast<std::int64_t>(index);
  return {detail::at_index(*this, number, path_), detail::index_path(path_, number)};
}

}  // namespace ingot
