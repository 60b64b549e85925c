// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <string>

#include <ingot/state/value.hpp>

namespace ingot::tools {

struct json_options {
  bool digest = false;  ///< add the SHA-256 of each tensor's elements
};

/// Writes a value tree as one JSON node, as `ingot ls --json` does. Tensors that share a storage
/// get the same "alias", numbered as they come. Throws value_error where shared nodes would make
/// the text out of proportion, and what reading throws where digests are wanted.
void write_json(std::ostream& out, const value& root, const json_options& options = {});

/// The same as a string.
std::string to_json(const value& root, const json_options& options = {});

}  // namespace ingot::tools
