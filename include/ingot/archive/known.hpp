// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

#include <ingot/archive/archive.hpp>
#include <ingot/archive/binary.hpp>
#include <ingot/archive/legacy.hpp>
#include <ingot/archive/mapped.hpp>
#include <ingot/archive/npy.hpp>
#include <ingot/archive/npz.hpp>
#include <ingot/archive/zip.hpp>
#include <ingot/core/error.hpp>

namespace ingot::detail {

template <readable_archive... Archives>
struct archive_list {
  /// Calls `use.template operator()<A>()` for the archive that writes files with the suffix, and
  /// returns whether there is one.
  template <class Use>
  static bool with_suffix(std::string_view suffix, Use use) {
    return (use_for_suffix<Archives>(suffix, use) || ...);
  }

  /// The same for the archive that recognizes the head of a file.
  template <class Use>
  static bool with_recognized(std::span<const std::byte> head, Use use) {
    return ((Archives::recognizes(head) && (use.template operator()<Archives>(), true)) || ...);
  }

 private:
  template <class A, class Use>
  static bool use_for_suffix(std::string_view suffix, Use use) {
    if constexpr (archive<A>) {
      if (std::find(std::begin(A::suffixes), std::end(A::suffixes), suffix) ==
          std::end(A::suffixes)) {
        return false;
      }
      use.template operator()<A>();
      return true;
    } else {
      return false;
    }
  }
};

/// What save(), open() and load() know without being told, those first that ask for more.
using known_archives = archive_list<npz, ingot::npy, mapped, binary, zip, legacy>;

/// Throws value_error for a suffix that promises what Ingot doesn't write: another program would
/// take the file for what it isn't.
inline void refuse_foreign_suffix(const std::string& path, std::string_view suffix) {
  constexpr std::array<std::string_view, 5> foreign{".pt2", ".onnx", ".gguf", ".h5", ".json"};
  if (std::find(foreign.begin(), foreign.end(), suffix) == foreign.end()) return;
  throw value_error({.file = path,
                     .where = "save",
                     .expected = ".pt, .pth, .tar, .bin, .safetensors, .npz, .npy or .ingot",
                     .found = std::string(suffix),
                     .remedy = "save<ingot::zip>(...) writes PyTorch's format to any path"});
}

}  // namespace ingot::detail
