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
using known_archives = archive_list<npz, ingot::npy, binary, mapped, zip>;

}  // namespace ingot::detail
