// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
#include <string_view>
#include <tuple>

#include <ingot/archive/archive.hpp>
#include <ingot/archive/zip.hpp>
#include <ingot/core/error.hpp>

namespace ingot::detail {

template <archive... Archives>
struct archive_list {
  /// Calls `use.template operator()<A>()` for the archive that has the suffix, or for the first one
  /// where none has it.
  template <class Use>
  static void with_suffix(std::string_view suffix, Use use) {
    const bool found =
        ((has_suffix<Archives>(suffix) && (use.template operator()<Archives>(), true)) || ...);
    if (!found) with_first(use);
  }

  /// Calls `use.template operator()<A>()` for the archive that recognizes the head of a file, and
  /// returns whether there is one.
  template <class Use>
  static bool with_recognized(std::span<const std::byte> head, Use use) {
    return ((Archives::recognizes(head) && (use.template operator()<Archives>(), true)) || ...);
  }

 private:
  template <class A>
  static bool has_suffix(std::string_view suffix) {
    return std::find(std::begin(A::suffixes), std::end(A::suffixes), suffix) !=
           std::end(A::suffixes);
  }

  template <class Use, class First = std::tuple_element_t<0, std::tuple<Archives...>>>
  static void with_first(Use use) {
    use.template operator()<First>();
  }
};

/// What save(), open() and load() know without being told. The first is the default.
using known_archives = archive_list<zip>;

/// Throws value_error for a suffix that promises a format of which there is no archive here:
/// another program would take the file for what it isn't.
inline void refuse_foreign_suffix(const std::string& path, std::string_view suffix) {
  constexpr std::array<std::string_view, 4> foreign{".safetensors", ".npz", ".npy", ".ingot"};
  if (std::find(foreign.begin(), foreign.end(), suffix) == foreign.end()) return;
  throw value_error({.file = path,
                     .where = "save",
                     .expected = "a suffix of PyTorch's files: .pt, .pth, .tar or .bin",
                     .found = std::string(suffix),
                     .remedy = "save<ingot::zip>(...) writes PyTorch's format to any path"});
}

}  // namespace ingot::detail
