// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ingot/core/safe_hash.hpp>

namespace ingot::detail::index {

/// A tensor to be put into a shard.
struct weight_size {
  std::uint64_t bytes = 0;  ///< that it takes in its file
  std::uint64_t group = 0;  ///< equal for those that must share a shard, as they share their bytes
};

/// Which tensors, by their number, go into which shard, and the bytes of all.
struct partition {
  std::vector<std::vector<std::size_t>> shards;
  std::uint64_t total_size = 0;
};

/// huggingface_hub's split (2.4, serialization/_base.py): in order, a new shard where the next
/// tensor would make one larger than `most` bytes. A tensor that is larger than that alone gets a
/// shard at once, before the one that is being filled. Of a group the first counts, and the others
/// follow it.
inline partition split(std::span<const weight_size> weights, std::uint64_t most) {
  partition result;
  std::vector<std::size_t> current;
  std::uint64_t current_size = 0;
  std::unordered_map<std::uint64_t, std::vector<std::size_t>, safe_hash> groups;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    std::vector<std::size_t>& members = groups[weights[i].group];
    members.push_back(i);
    if (members.size() > 1) continue;
    const std::uint64_t size = weights[i].bytes;
    result.total_size += size;
    if (size > most) {
      result.shards.push_back({i});
      continue;
    }
    if (size > most - current_size) {
      result.shards.push_back(std::exchange(current, {}));
      current_size = 0;
    }
    current.push_back(i);
    current_size += size;
  }
  if (!current.empty()) result.shards.push_back(std::move(current));
  for (std::vector<std::size_t>& shard : result.shards) {
    const std::size_t alone = shard.size();
    for (std::size_t i = 0; i < alone; ++i) {
      const std::vector<std::size_t>& members = groups.at(weights[shard[i]].group);
      shard.insert(shard.end(), members.begin() + 1, members.end());
    }
  }
  return result;
}

}  // namespace ingot::detail::index
