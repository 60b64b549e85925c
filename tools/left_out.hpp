// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <ostream>
#include <string_view>

#include <ingot/state/value.hpp>

#include "convert.hpp"
#include "holdable.hpp"

namespace ingot::tools {

/// One archive, as far as convert must know it to ask what it holds.
struct target {
  std::string_view format;
  leaf_test holds;
  bool flat;
};

/// The tree without what the archive can't hold, which is listed on `err`. Nothing, after a line
/// that says why, where options.drop doesn't allow that or nothing would be left. `has_names`:
/// --only can pick items of the file.
std::optional<value> holdable(std::ostream& err, value root, const target& to,
                              const convert_options& options, bool has_names);

}  // namespace ingot::tools
