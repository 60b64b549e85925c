// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <ingot/state/tensor_data.hpp>

namespace ingot::tools {

/// SHA-256 of a strided tensor's contiguous little-endian elements, in hexadecimal. Throws as
/// read_tensor does.
std::string sha256(const tensor_data& tensor);

}  // namespace ingot::tools
