// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <ostream>
#include <regex>
#include <string>
#include <vector>

#include <ingot/core/dtype.hpp>

namespace ingot::tools {

struct renaming_rule {
  std::regex pattern;
  std::string replacement;
};

struct convert_options {
  std::filesystem::path in{};
  std::filesystem::path out{};
  std::vector<renaming_rule> renames{};  ///< applied in order to each item's name
  std::optional<std::regex> only{};      ///< items whose old name has no match are left out
  std::optional<dtype> cast{};           ///< for floating-point tensors
  bool drop = false;                     ///< leave out what the format can't hold
};

/// Writes a file anew. Values that the format can't hold are listed on `err`; false where that kept
/// the file from being written. Tensors are copied piece by piece.
bool convert(std::ostream& err, const convert_options& options);

}  // namespace ingot::tools
