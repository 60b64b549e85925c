// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include <ingot/core/error.hpp>

namespace ingot::detail {

/// Calls act(); an error that names no file is then of the one that name_of() says, if any.
template <class Name, class Act>
decltype(auto) naming_file(Name name_of, Act act) {
  try {
    return act();
  } catch (error& failure) {
    if (error_info info = failure.info(); info.file.empty()) {
      info.file = name_of();
      failure.amend(std::move(info));
    }
    throw;
  }
}

}  // namespace ingot::detail
