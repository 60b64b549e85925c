// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_set>
#include <utility>
#include <vector>

#include <ingot/archive/detail/shard_plan.hpp>
#include <ingot/archive/zip.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/safe_hash.hpp>
#include <ingot/core/utf8.hpp>
#include <ingot/format/index/read.hpp>
#include <ingot/format/index/split.hpp>
#include <ingot/format/index/write.hpp>
#include <ingot/format/safetensors/ties.hpp>
#include <ingot/format/safetensors/write.hpp>
#include <ingot/io/file_sink.hpp>
#include <ingot/io/locked_folder.hpp>
#include <ingot/io/open.hpp>
#include <ingot/state/children.hpp>
#include <ingot/state/storage_index.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail {

/// Gives storages their numbers: the same for the same bytes. To huggingface_hub, storages without
/// bytes all share their (absent) ones.
class storage_groups {
 public:
  /// What the storage of a tensor takes; those of its parts, of a sparse or quantized one.
  index::weight_size measure(const value& of) {
    const tensor_data& tensor = of.tensor();
    index::weight_size result{.bytes = 0, .group = empty};
    if (!tensor.bytes) {
      result.group = empty + 1 + 2 * parted_++;
    } else if (tensor.bytes->size() != 0) {
      result.bytes = tensor.bytes->size();
      result.group = empty + 2 + 2 * storages_.insert(tensor.bytes, true).first;
    }
    for (std::size_t i = 0; i < child_count(of); ++i) {
      const tensor_data& part = child(of, i).tensor();
      if (part.bytes) result.bytes += part.bytes->size();
    }
    return result;
  }

 private:
  static constexpr std::uint64_t empty = 0;

  std::uint64_t parted_ = 0;  // tensors without a storage of their own share none
  storage_index storages_;
};

/// What is to be spread over files, and the texts beside it.
struct shard_contents {
  std::vector<value::pair> weights{};
  std::vector<index::weight_size> sizes{};  ///< one a weight
  index::texts metadata{};
};

/// Of a state for shards that torch.load reads: aliases stay aliases. Throws value_error for what
/// they, or the index, can't hold.
inline shard_contents torch_shards(const value& state, const value& metadata) {
  const auto refuse = [](std::string where, const value& found) {
    throw value_error({.where = std::move(where),
                       .expected = "a dict from str to tensors of PyTorch's dtypes",
                       .found = summary(found),
                       .remedy = "save(state, path) keeps any tree in one file"});
  };
  const auto refuse_name = [](std::string_view name) {
    throw value_error({.where = detail::quoted(name),
                       .expected = "a name in UTF-8, which the index is",
                       .found = "other bytes"});
  };
  if (!state.is_mapping()) refuse("root", state);
  shard_contents result{.metadata = safetensors::metadata_to_write(metadata)};
  storage_groups storages;
  std::unordered_set<std::string_view, safe_hash> names;
  for (const auto& [key, content] : state.items()) {
    if (key.kind() != kind::string) refuse("key", key);
    if (!is_utf8(key.text())) refuse_name(key.text());
    if (!content.is_tensor() || !zip::holds(content)) refuse(detail::quoted(key.text()), content);
    if (!names.insert(key.text()).second) refuse("a second " + detail::quoted(key.text()), content);
    result.weights.emplace_back(key, content);
    result.sizes.push_back(storages.measure(content));
  }
  return result;
}

/// Of a state for safetensors: of tied tensors one stays, and the metadata notes the others, as
/// huggingface_hub does before it splits. Throws value_error for what they can't hold.
inline shard_contents safetensors_shards(const value& state, const value& metadata) {
  shard_contents result{.metadata = safetensors::metadata_to_write(metadata)};
  std::vector<safetensors::named_tensor> tensors = safetensors::tensors_to_write(state);
  // The index has a key of its own under this name: a note there would be lost, and the tensor.
  const bool fresh = result.metadata.try_emplace("total_size").second;
  safetensors::drop_ties(tensors, result.metadata);
  if (fresh) result.metadata.erase("total_size");
  // To huggingface_hub, tensors without elements all share their (absent) bytes.
  const std::uint64_t empty = tensors.size();
  for (const safetensors::named_tensor& each : tensors) {
    const std::uint64_t group = each.size == 0 ? empty : result.weights.size();
    result.sizes.push_back({.bytes = each.size, .group = group});
    result.weights.emplace_back(each.name, *each.tensor);
  }
  return result;
}

/// The files that an index lists; nothing where it can't be read: which ones are its own is not
/// known then.
inline std::optional<std::vector<std::string>> files_listed_in(const std::filesystem::path& path) {
  std::error_code code;
  if (!std::filesystem::is_regular_file(path, code)) return std::nullopt;
  try {
    return index::read(*open_file(path)).files;
  } catch (const error&) {
    return std::nullopt;
  }
}

/// New files of a save, removed again unless it gets to its end.
template <class Posix>
class new_files {
 public:
  explicit new_files(const basic_locked_folder<Posix>& folder) : folder_(folder) {}
  new_files(const new_files&) = delete;
  new_files& operator=(const new_files&) = delete;
  ~new_files() {
    for (const std::string& name : names_) folder_.remove(name);
  }

  void add(const std::string& name) { names_.push_back(name); }
  void keep() noexcept { names_.clear(); }

 private:
  const basic_locked_folder<Posix>& folder_;
  std::vector<std::string> names_;
};

/// Removes what a new index has made stale. Throws file_error where some of it is left.
template <class Posix>
void remove_stale(const basic_locked_folder<Posix>& folder, const std::vector<std::string>& names) {
  std::string left;
  int code = 0;
  for (const std::string& name : names) {
    if (const int failed = folder.remove(name); failed != 0) {
      left = name;
      code = failed;
    }
  }
  if (code != 0) {
    throw file_error({.file = (folder.path() / left).string(),
                      .where = "remove",
                      .found = std::generic_category().message(code),
                      .remedy = "the new model is saved; remove this file of the old one"});
  }
  if (!names.empty()) folder.sync();
}

/// Throws value_error where a file would hide a new index. It may be the only copy of another
/// model, or what is being saved: to remove it is up to its owner.
inline void refuse_hiding(const std::filesystem::path& one_file,
                          const std::vector<std::string>& present) {
  if (std::ranges::find(present, one_file.filename().string()) == present.end()) return;
  throw value_error({.file = one_file.string(),
                     .where = "save_sharded",
                     .expected = "no such file beside an index, which it would hide: transformers "
                                 "loads the one file where both are there",
                     .found = "one",
                     .remedy = "move it away, or save to the name of another index"});
}

/// The tensors of shard `number` (from 0), of which there may be none.
inline std::vector<value::pair> weights_of(const shard_contents& from,
                                           const index::partition& parts, std::size_t number) {
  std::vector<value::pair> items;
  if (number >= parts.shards.size()) return items;
  items.reserve(parts.shards[number].size());
  for (const std::size_t each : parts.shards[number]) items.push_back(from.weights[each]);
  return items;
}

/// Has write(dict, sink, whole) write each shard, then writes the index, each on the disk before
/// the next is begun, then removes what is stale. Returns the index, or the only file, which is
/// then the `whole` model's.
template <class Posix, class Write>
std::filesystem::path write_shards(const shard_contents& from, std::uint64_t most,
                                   const std::filesystem::path& index_path, const index::family& of,
                                   Write write) {
  const index::partition parts = index::split(from.sizes, most);
  const std::filesystem::path parent = index_path.parent_path();
  const basic_locked_folder<Posix> folder(parent.empty() ? "." : parent);
  const std::size_t count = std::max<std::size_t>(parts.shards.size(), 1);
  const std::vector<std::string> present = folder.names();
  const shard_files files = name_shards(of, index_path.filename().string(), count, present,
                                        files_listed_in(folder.path() / index_path.filename()));
  if (files.indexed) refuse_hiding(parent / (of.stem + of.suffix), present);
  new_files<Posix> added(folder);
  index::texts weight_map;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<value::pair> items = weights_of(from, parts, i);
    for (const auto& [key, content] : items) weight_map.emplace(key.text(), files.names[i]);
    basic_file_sink<Posix> out(folder.path() / files.names[i]);
    write(value::make_mapping(kind::dict, std::move(items)), out, !files.indexed);
    if (files.indexed) added.add(files.names[i]);
    out.commit();
  }
  if (files.indexed) {
    const std::string text = index::write(weight_map, from.metadata, parts.total_size);
    basic_file_sink<Posix> out(folder.path() / index_path.filename());
    out.write(std::as_bytes(std::span(text)));
    try {
      out.commit();
    } catch (const file_error&) {
      if (out.in_place()) added.keep();
      throw;
    }
    added.keep();
  }
  remove_stale(folder, files.stale);
  return files.indexed ? index_path : parent / files.names.front();
}

}  // namespace ingot::detail
