// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace ingot::detail {

template <auto Pointer>
consteval std::string_view pretty_pointer() {
  return __PRETTY_FUNCTION__;
}

template <class T>
consteval std::string_view pretty_type() {
  return __PRETTY_FUNCTION__;
}

struct name_probe {
  int marker;
};

constexpr bool is_identifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80u) != 0;
}

// Where the name stands in the compiler's text is found with a name that is known: the text after
// it is the same for all pointers but for a bracket.
consteval std::size_t length_after_name(std::string_view text, std::string_view name) {
  return text.size() - text.rfind(name) - name.size();
}

template <auto Pointer>
consteval std::string_view identifier_before(std::size_t length_after) {
  std::string_view text = pretty_pointer<Pointer>();
  text.remove_suffix(length_after);
  while (!text.empty() && !is_identifier(text.back())) text.remove_suffix(1);
  std::size_t begin = text.size();
  while (begin > 0 && is_identifier(text[begin - 1])) --begin;
  return text.substr(begin);
}

/// The name of the member that a pointer to member, or to a member of an object, points to.
template <auto Pointer>
inline constexpr std::string_view pointed_name =
    identifier_before<Pointer>(length_after_name(pretty_pointer<&name_probe::marker>(), "marker"));

/// The compiler's name of a type, for people to read.
template <class T>
consteval std::string_view type_name() {
  constexpr std::string_view known = pretty_type<double>();
  constexpr std::size_t before = known.find("double");
  constexpr std::size_t after = length_after_name(known, "double");
  std::string_view text = pretty_type<T>();
  text.remove_prefix(before);
  text.remove_suffix(after);
  return text;
}

}  // namespace ingot::detail
