// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <ingot/archive/detail/sharded_write.hpp>
#include <ingot/archive/mapped.hpp>
#include <ingot/archive/save.hpp>
#include <ingot/archive/zip.hpp>
#include <ingot/core/error.hpp>
#include <ingot/format/index/names.hpp>
#include <ingot/format/index/write.hpp>
#include <ingot/io/reporting_sink.hpp>
#include <ingot/io/sink.hpp>
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
inline bool is_index_name(const std::filesystem::path& path) {
  const auto family = detail::index::family_of(path.filename().string());
  return family && (family->suffix == ".safetensors" || family->suffix == ".bin");
}

namespace detail {

inline value to_dict(const index::texts& texts) {
  std::vector<value::pair> items(texts.begin(), texts.end());
  return value::make_mapping(kind::dict, std::move(items));
}

template <class Posix>
std::filesystem::path save_sharded(const value& state, const std::filesystem::path& index_path,
                                   const sharded_options& options) {
  if (!is_index_name(index_path)) {
    throw value_error({.file = index_path.string(),
                       .where = "save_sharded",
                       .expected = "the name of an index: model.safetensors.index.json or "
                                   "pytorch_model.bin.index.json",
                       .found = detail::quoted(index_path.filename().string())});
  }
  const index::family family = *index::family_of(index_path.filename().string());
  const bool torch = family.suffix == ".bin";
  const shard_contents from =
      torch ? torch_shards(state, options.metadata) : safetensors_shards(state, options.metadata);
  const auto write = [&](const value& shard, sink& file, bool whole) {
    reporting_sink out(file, options.progress);
    if (torch) return zip::write(shard, out);
    index::texts texts = whole ? from.metadata : index::texts{};
    texts.emplace("format", "pt");  // transformers refuses metadata without it
    mapped::write(shard, out,
                  {.metadata = to_dict(texts),
                   .checksums = options.checksums,
                   .repeat_tied = true});  // those that were to be left out are gone already
  };
  return write_shards<Posix>(from, options.max_shard_size, index_path, family, write);
}

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
  return detail::naming_file(index, [&] {
    return detail::save_sharded<detail::posix>(detail::to_value(object), index, options);
  });
}

}  // namespace ingot
