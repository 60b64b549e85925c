// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/format/index/names.hpp>

namespace ingot::detail {

/// The files of a save, and those that it makes stale.
struct shard_files {
  std::vector<std::string> names;  ///< one a shard
  bool indexed = true;             ///< or the only shard is the model's one file
  std::vector<std::string> stale;  ///< shards and the one file of earlier saves
};

/// Names the files of `count` shards in a folder that holds `present`. New shards take the name of
/// no file that is there: until the new index is in place the old one leads to all of its shards,
/// and never to a mixture. Where one shard suffices and there is no index that would hide it, it is
/// the model's one file, as huggingface_hub has it.
inline shard_files name_shards(const index::family& of, std::string_view index_name,
                               std::size_t count, const std::vector<std::string>& present) {
  shard_files result;
  const std::string one_file = of.stem + of.suffix;
  const bool replaces_index =
      std::find(present.begin(), present.end(), index_name) != present.end();
  std::uint64_t generation = 1;
  for (const std::string& name : present) {
    const auto earlier = index::generation_of(name, of);
    if (earlier) generation = std::max(generation, *earlier + 1);
    if (earlier || name == one_file) result.stale.push_back(name);
  }
  if (count <= 1 && !replaces_index) {
    result.indexed = false;
    result.names = {one_file};
    std::erase(result.stale, one_file);
    return result;
  }
  for (std::size_t i = 1; i <= count; ++i) {
    result.names.push_back(index::shard_name(of, generation, i, count));
  }
  return result;
}

}  // namespace ingot::detail
