// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <ostream>

namespace ingot::tools {

/// Checks a file's structure, bounds and every checksum in it, and prints what was checked and what
/// has no checksum. Throws format_error, which names the record, for the first damage found.
void verify(std::ostream& out, const std::filesystem::path& path);

}  // namespace ingot::tools
