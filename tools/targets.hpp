// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/archive/known.hpp>

namespace ingot::tools {

/// What --to also calls three archives: as the library's types, not as the formats of `ls`.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 3> short_names{
    {{"zip", zip::name}, {"mapped", mapped::name}, {"binary", binary::name}}};

/// Calls `use.template operator()<A>()` for the archive that --to names, and returns whether there
/// is one.
template <class Use>
bool with_target(std::string_view name, Use use) {
  for (const auto& [other, full] : short_names) {
    if (name == other) name = full;
  }
  bool found = false;
  detail::known_archives::for_each_writer([&]<class A>() {
    if (A::name != name) return;
    found = true;
    use.template operator()<A>();
  });
  return found;
}

/// What --to takes: each format that is written, once, as `zip (torch-zip)` where it has a short
/// name.
inline std::vector<std::string> target_names() {
  std::vector<std::string> names;
  detail::known_archives::for_each_writer([&]<class A>() {
    std::string text(A::name);
    for (const auto& [other, full] : short_names) {
      if (full == A::name) text = std::string(other) + " (" + text + ')';
    }
    names.push_back(std::move(text));
  });
  return names;
}

/// What files of a format hold, for who wanted to write something else to one.
inline std::string held_by(std::string_view format) {
  if (format == mapped::name) return "strided tensors of its dtypes";
  if (format == npz::name || format == ingot::npy::name) return "arrays and numbers of its dtypes";
  if (format == zip::name) return "PyTorch's tensors, numbers, texts and collections of them";
  return "other values";
}

}  // namespace ingot::tools
