// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>

#include "input.hpp"

namespace ingot::tools {

/// Prints a table of the tensors, then the other values, then totals and format; of an entire
/// module what its state_dict holds.
void print_table(std::ostream& out, const input& file);

/// Prints the whole value tree as one JSON document; with `digest` the SHA-256 of each tensor,
/// after every checksum in the file has been checked.
void print_json(std::ostream& out, const input& file, bool digest);

}  // namespace ingot::tools
