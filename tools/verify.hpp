// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>

#include "input.hpp"

namespace ingot::tools {

/// Checks every checksum of a file whose structure and bounds were found right by opening it, and
/// prints what was checked and what has no checksum. Throws format_error, which names the record,
/// for the first damage found.
void verify(std::ostream& out, const input& file);

}  // namespace ingot::tools
