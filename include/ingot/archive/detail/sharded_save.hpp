// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <utility>
#include <vector>

#include <ingot/archive/detail/sharded_write.hpp>
#include <ingot/archive/save_sharded.hpp>
#include <ingot/archive/zip.hpp>
#include <ingot/core/error.hpp>
#include <ingot/format/index/names.hpp>
#include <ingot/format/index/write.hpp>
#include <ingot/format/safetensors/write.hpp>
#include <ingot/io/reporting_sink.hpp>
#include <ingot/io/sink.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail {

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
    // Of the whole state the sizes were looked at, and what was to be left out for ties is gone.
    safetensors::write(shard, out, to_dict(texts),
                       {.checksums = options.checksums, .repeat_tied = true, .whole = false});
  };
  return write_shards<Posix>(from, options.max_shard_size, index_path, family, write);
}

}  // namespace ingot::detail
