// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "elements.hpp"

namespace ingot::tools {

/// SHA-256 of all elements, in hexadecimal.
std::string sha256(const element_reader& elements);

}  // namespace ingot::tools
