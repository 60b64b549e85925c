// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/archive/known.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/near.hpp>
#include <ingot/core/separate.hpp>

namespace ingot::detail {

INGOT_INLINE std::vector<std::string> known_suffixes() {
  std::vector<std::string> names;
  known_archives::for_each_writer([&]<class A>() {
    for (const std::string_view each : A::suffixes) names.emplace_back(each);
  });
  return names;
}

INGOT_INLINE std::string suggestion_for(std::string_view suffix) {
  const std::vector<std::string> known = known_suffixes();
  const auto near = nearest_name(suffix, known, std::identity{});
  return near ? "did you mean " + std::string(*near) + '?' : "";
}

INGOT_INLINE void require_known_suffix(const std::filesystem::path& path) {
  const std::string suffix = path.extension().string();
  // [&], though it captures nothing: nvcc warns of what could become a function pointer.
  if (suffix.empty() || known_archives::with_suffix(suffix, [&]<class A>() {})) return;
  std::string remedy = suggestion_for(suffix);
  if (!remedy.empty()) remedy += ' ';
  remedy += suffix == ".json" ? "save_sharded(...) writes an index and the files that it names"
                              : "save<ingot::zip>(...) writes PyTorch's format to any path";
  std::string expected;
  for (const std::string& each : known_suffixes()) expected += each + ", ";
  throw value_error({.file = path.string(),
                     .where = "save",
                     .expected = expected + "or no suffix, which is PyTorch's format",
                     .found = suffix,
                     .remedy = remedy});
}

}  // namespace ingot::detail
