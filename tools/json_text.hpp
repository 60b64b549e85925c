// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace ingot::tools {

/// A JSON string, quotes included, in ASCII. Lone surrogates (Python's str may hold them) become
/// the escape of their code; bytes that are no UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

/// A JSON number that reads back as the same double, always with a point or an exponent; nan, inf
/// and -inf as strings.
std::string json_number(double number);

}  // namespace ingot::tools
