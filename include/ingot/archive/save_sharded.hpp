// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include <ingot/archive/save.hpp>
#include <ingot/core/naming_file.hpp>
#include <ingot/state/dict.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

/// How save_sharded() writes.
struct sharded_options {
  std::uint64_t max_shard_size = 5'000'000'000;  ///< bytes of tensors; a larger one is alone
  value metadata = dict{};  ///< a dict from str to str, kept in the index or in the one file
  bool checksums = false;   ///< CRC-32 of each tensor in safetensors; PyTorch's files have them
  std::function<void(std::uint64_t)> progress{};  ///< told of bytes as they are written
};

/// Whether a path has the name of an index that save_sharded() writes: model.safetensors.index.json
/// or pytorch_model.bin.index.json, a variant of one (model.safetensors.index.fp16.json), or
/// another stem.
bool is_index_name(const std::filesystem::path& path);

namespace detail {

std::filesystem::path save_sharded(const value& state, const std::filesystem::path& index,
                                   const sharded_options& options);

}  // namespace detail

/// Writes a state_dict as Hugging Face's libraries save a large model: for
/// "model.safetensors.index.json" the shards model-00001-of-00002.safetensors... and the index; for
/// "pytorch_model.bin.index.json" the same in PyTorch's format. Returns the index, or the one file
/// that the model fits in, model.safetensors; open() and load() take the index's name for either.
/// At every moment, for who opens the index, either the old model or the new one is there as a
/// whole. Of the files there it replaces the index or the one file, and removes the shards that the
/// replaced index lists and what saves that died have left beside it. Throws value_error for
/// another name, for what the format can't hold, and where a model.safetensors would hide the new
/// index; file_error where the system fails.
template <class Object>
std::filesystem::path save_sharded(const Object& object, const std::filesystem::path& index,
                                   const sharded_options& options = {}) {
  return detail::naming_file(
      [&] { return index.string(); },
      [&] { return detail::save_sharded(detail::to_value(object), index, options); });
}

}  // namespace ingot

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/archive/impl/save_sharded.hpp>
#endif
