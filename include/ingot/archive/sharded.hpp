// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <ingot/archive/contents.hpp>
#include <ingot/archive/detail/shards.hpp>
#include <ingot/format/index/names.hpp>
#include <ingot/format/index/read.hpp>
#include <ingot/format/index/recognize.hpp>
#include <ingot/format/safetensors/ties.hpp>
#include <ingot/io/source.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

/// A model in several files beside an index, as Hugging Face's libraries save large ones:
/// model.safetensors.index.json or pytorch_model.bin.index.json. Reads; save_sharded() writes.
struct sharded {
  static constexpr std::string_view name = "sharded";

  struct read_options {
    bool restore_ties = false;  ///< names that the metadata notes as left out are aliases
  };

  /// Any JSON object: read() says what is missing in one that is no index.
  static bool recognizes(std::span<const std::byte> head) noexcept {
    return detail::index::is_json_object(head);
  }

  /// Reads the index: a dict in its order. A file that it names is opened, in the same folder and
  /// with the same access, when one of its tensors is first looked at; what is wrong with the file
  /// is thrown there. Tensors that the index doesn't list are left out, and so is the metadata's
  /// total_size, which is the index's own. Throws format_error.
  static contents read(source_ptr in, const read_options& how) {
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

  /// The index of this path, or, where there is none, the one file that save_sharded() writes of a
  /// model that fits in it: model.safetensors for model.safetensors.index.json.
  static std::filesystem::path index_or_one_file(const std::filesystem::path& path) {
    std::error_code code;
    const auto family = detail::index::family_of(path.filename().string());
    if (!family || std::filesystem::exists(path, code)) return path;
    const auto one = path.parent_path() / (family->stem + family->suffix);
    return std::filesystem::exists(one, code) ? one : path;
  }

  /// Opens every file that an index names, which checks them, and returns the names of the tensors
  /// in them that it doesn't list, as "file: tensor". Throws what looking at the tensors throws.
  static std::vector<std::string> unlisted(source_ptr in) {
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
};

}  // namespace ingot
