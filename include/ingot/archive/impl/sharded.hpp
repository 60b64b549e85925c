// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <ingot/archive/detail/shards.hpp>
#include <ingot/archive/sharded.hpp>
#include <ingot/core/separate.hpp>
#include <ingot/format/index/names.hpp>
#include <ingot/format/index/read.hpp>
#include <ingot/format/index/recognize.hpp>
#include <ingot/format/safetensors/ties.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

INGOT_INLINE bool sharded::recognizes(std::span<const std::byte> head) noexcept {
  return detail::index::is_json_object(head);
}

INGOT_INLINE contents sharded::read(source_ptr in, const read_options& how) {
  detail::index::contents listed = detail::index::read(*in);
  detail::safetensors::texts texts = std::move(listed.metadata);
  std::erase_if(texts, [](const auto& each) { return each.first == "total_size"; });
  const auto shards = std::make_shared<const detail::shard_set>(std::move(in), std::move(listed));
  std::vector<value::pair> items;
  items.reserve(shards->weights().size());
  const auto tensor_of = [&](std::size_t weight) {
    return value::make_deferred_tensor([shards, weight] { return shards->tensor(weight); });
  };
  for (std::size_t i = 0; i < shards->weights().size(); ++i) {
    items.emplace_back(shards->weights()[i].name, tensor_of(i));
  }
  if (how.restore_ties) detail::safetensors::restore_ties(items, texts, tensor_of);
  std::vector<value::pair> metadata(texts.begin(), texts.end());
  return {value::make_mapping(kind::dict, std::move(items)), std::string(name),
          value::make_mapping(kind::dict, std::move(metadata))};
}

INGOT_INLINE std::filesystem::path sharded::index_or_one_file(const std::filesystem::path& path) {
  std::error_code code;
  const auto family = detail::index::family_of(path.filename().string());
  if (!family || std::filesystem::exists(path, code)) return path;
  const auto one = path.parent_path() / (family->stem + family->suffix);
  return std::filesystem::exists(one, code) ? one : path;
}

INGOT_INLINE std::vector<std::string> sharded::unlisted(source_ptr in) {
  detail::index::contents listed = detail::index::read(*in);
  const detail::shard_set shards(std::move(in), std::move(listed));
  std::vector<std::string> names;
  for (std::size_t i = 0; i < shards.files().size(); ++i) {
    for (const std::string& each : shards.unlisted(i)) {
      names.push_back(shards.files()[i] + ": " + each);
    }
  }
  return names;
}

}  // namespace ingot
