// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>

/// For each path that `in` has on a line: its JSON on a line, as `ingot ls --json --digest` prints
/// the root, or "refused: " and the message. One process for thousands of damaged files.
void read_each(std::istream& in, std::ostream& out);
