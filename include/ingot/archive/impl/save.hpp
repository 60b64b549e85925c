// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include <ingot/archive/known.hpp>
#include <ingot/archive/save.hpp>
#include <ingot/core/separate.hpp>

namespace ingot::detail {

INGOT_INLINE void save_by_suffix(const value& state, const std::filesystem::path& path) {
  const bool known = known_archives::with_suffix(path.extension().string(),
                                                 [&]<class A>() { ingot::save<A>(state, path); });
  if (!known) ingot::save<zip>(state, path);
}

}  // namespace ingot::detail
