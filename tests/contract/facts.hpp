// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "../interop/random_tree.hpp"

namespace contract {

/// What the suite must know of an archive beyond the concept `ingot::archive`. Each archive's test
/// specialises it: `template <> struct contract::facts<mine> : contract::defaults {};`
template <class A>
struct facts;

struct defaults {
  /// Everything comes back as it was: the kind of each value, views and aliases of storages, nodes
  /// that are shared. Else a dict of arrays comes back, each with its elements alone.
  static constexpr bool exact = true;
  /// The root is a dict. Else it is one array.
  static constexpr bool dictionary = true;
  /// A part of a tensor is read only once the whole is known to have the right checksum.
  static constexpr bool checksums = true;
  /// open() without a policy knows the files.
  static constexpr bool known = true;
  /// Which values an archive that nests holds.
  static constexpr kinds values = kinds::all;
  /// Whether a tensor may have the name.
  static constexpr bool holds_name(std::string_view) { return true; }
};

}  // namespace contract
