// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ingot::tools {

/// "1.5 MiB", "84 B".
std::string human_bytes(std::uint64_t bytes);

/// "61,706".
std::string grouped(std::uint64_t number);

/// Text from a file as a terminal may be given it: control characters escaped, at most `most`
/// bytes.
std::string printable(std::string_view text, std::size_t most = 200);

}  // namespace ingot::tools
