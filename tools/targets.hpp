// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <ingot/archive/binary.hpp>
#include <ingot/archive/zip.hpp>

namespace ingot::tools {

/// Calls `use.template operator()<A>()` for the archive that --to names, and returns whether there
/// is one.
template <class Use>
bool with_target(std::string_view name, Use use) {
  if (name == "zip") {
    use.template operator()<zip>();
  } else if (name == "binary") {
    use.template operator()<binary>();
  } else {
    return false;
  }
  return true;
}

/// What --to takes.
inline std::vector<std::string> target_names() { return {"zip", "binary"}; }

}  // namespace ingot::tools
