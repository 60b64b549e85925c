// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <ingot/core/safe_hash.hpp>
#include <ingot/format/index/names.hpp>

namespace ingot::detail {

/// The files of a save, and those that it makes stale.
struct shard_files {
  std::vector<std::string> names;  ///< one a shard
  bool indexed = true;             ///< or the only shard is the model's one file
  std::vector<std::string> stale;  ///< shards of the index that is replaced, and of saves that died
};

/// The shards that nothing leads to any more once an index which lists `listed` is replaced, in the
/// order of their names. Of the files that it doesn't list these are what saves that died have
/// left: names with a generation, which nobody else gives, unless a second index of the family may
/// list them. All others may be anybody's.
inline std::vector<std::string> stale_shards(const index::family& of, std::string_view index_name,
                                             const std::vector<std::string>& present,
                                             const std::vector<std::string>& listed) {
  const std::unordered_set<std::string_view, safe_hash> replaced(listed.begin(), listed.end());
  const bool only_index = std::ranges::none_of(present, [&](const std::string& name) {
    const auto other = index::family_of(name);
    return name != index_name && other && other->stem == of.stem && other->suffix == of.suffix;
  });
  std::vector<std::string> stale;
  for (const std::string& name : present) {
    const auto generation = index::generation_of(name, of);
    if (!generation) continue;
    if (replaced.contains(name) || (only_index && *generation > 1)) stale.push_back(name);
  }
  std::ranges::sort(stale);
  return stale;
}

/// Names the files of `count` shards in a folder that holds `present`, and an index that lists
/// `replaced` (nothing where there is none, or it can't be read). New shards take the name of no
/// file that is there or listed: until the new index is in place the old one leads to all of its
/// shards, and never to a mixture. Where one shard suffices and there is no index that would lead
/// elsewhere, it is the model's one file, as huggingface_hub has it.
inline shard_files name_shards(const index::family& of, std::string_view index_name,
                               std::size_t count, const std::vector<std::string>& present,
                               const std::optional<std::vector<std::string>>& replaced) {
  shard_files result;
  if (count <= 1 && std::ranges::find(present, index_name) == present.end()) {
    result.indexed = false;
    result.names = {of.stem + of.suffix};
    return result;
  }
  std::uint64_t generation = 1;
  const auto avoid = [&](const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      const auto earlier = index::generation_of(name, of);
      if (earlier) generation = std::max(generation, *earlier + 1);
    }
  };
  avoid(present);
  if (replaced) {
    avoid(*replaced);
    result.stale = stale_shards(of, index_name, present, *replaced);
  }
  for (std::size_t i = 1; i <= count; ++i) {
    result.names.push_back(index::shard_name(of, generation, i, count));
  }
  return result;
}

}  // namespace ingot::detail
