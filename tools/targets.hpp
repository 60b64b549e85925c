// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <ingot/archive/binary.hpp>
#include <ingot/archive/mapped.hpp>
#include <ingot/archive/npy.hpp>
#include <ingot/archive/npz.hpp>
#include <ingot/archive/zip.hpp>

namespace ingot::tools {

/// Calls `use.template operator()<A>()` for the archive that --to names, and returns whether there
/// is one.
template <class Use>
bool with_target(std::string_view name, Use use) {
  if (name == "zip") return use.template operator()<zip>(), true;
  if (name == "mapped") return use.template operator()<mapped>(), true;
  if (name == "binary") return use.template operator()<binary>(), true;
  if (name == "npz") return use.template operator()<npz>(), true;
  if (name == "npy") return use.template operator()<npy>(), true;
  return false;
}

/// What --to takes.
inline std::vector<std::string> target_names() { return {"zip", "mapped", "binary", "npz", "npy"}; }

}  // namespace ingot::tools
