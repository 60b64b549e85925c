// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <ostream>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/archive/save_sharded.hpp>
#include <ingot/core/dtype.hpp>

namespace ingot::tools {

struct rename_rule {
  std::string text;  ///< REGEX=REPLACEMENT, as it was given
  std::function<std::string(std::string_view)> apply;
};

struct convert_options {
  std::filesystem::path in{};
  std::optional<std::size_t> record{};  ///< of IN, a file of several
  std::filesystem::path out{};
  std::string to{};  ///< the archive's name on the command line; empty: OUT's suffix tells
  std::vector<rename_rule> renames{};  ///< in order, of items
  std::optional<std::regex> only{};    ///< items whose name it isn't found in are left out
  std::optional<dtype> cast{};         ///< for floating-point tensors
  std::uint64_t max_shard_size = sharded_options{}.max_shard_size;  ///< where OUT is an index
  bool drop = false;  ///< leave out what the format can't hold
};

/// Writes a file anew. Values that the format can't hold are listed on `err`, and renames that
/// changed no name; false where values kept the file from being written. Tensors are copied piece
/// by piece.
bool convert(std::ostream& err, const convert_options& options);

}  // namespace ingot::tools
