// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ingot/archive/detail/archive_list.hpp>
#include <ingot/archive/detail/unrecognized.hpp>
#include <ingot/archive/legacy.hpp>
#include <ingot/archive/mapped.hpp>
#include <ingot/archive/zip.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/safe_hash.hpp>
#include <ingot/format/index/read.hpp>
#include <ingot/io/source.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail {

/// What a shard may be. No index: one that names itself would be opened for ever.
using shard_archives = archive_list<mapped, zip, legacy>;

/// The files that an index names, each opened when one of its tensors is first looked at.
class shard_set {
 public:
  shard_set(source_ptr index, index::contents listed)
      : index_(std::move(index)), listed_(std::move(listed)), shards_(listed_.files.size()) {
    weights_.reserve(listed_.weights.size());
    for (std::size_t i = 0; i < listed_.weights.size(); ++i) {
      weights_.emplace(listed_.weights[i].name, i);
      ++shards_[listed_.weights[i].file].expected;
    }
  }

  const std::vector<index::weight>& weights() const noexcept { return listed_.weights; }
  const std::vector<std::string>& files() const noexcept { return listed_.files; }

  /// The number of the tensor of that name.
  std::optional<std::size_t> find(std::string_view name) const {
    const auto found = weights_.find(name);
    return found == weights_.end() ? std::nullopt : std::optional(found->second);
  }

  /// Opens the file of a tensor. Throws file_error, format_error; value_error where the index lies
  /// in no folder.
  const tensor_data& tensor(std::size_t weight) const {
    const auto& [name, file] = listed_.weights[weight];
    return root_of(file).find(name)->tensor();
  }

  /// The tensors that a file has and the index doesn't list. Opens the file; throws as tensor().
  std::vector<std::string> unlisted(std::size_t file) const {
    std::vector<std::string> names;
    for (const auto& [key, content] : root_of(file).items()) {
      if (key.kind() != kind::string || weights_.contains(key.text())) continue;
      names.push_back(key.text());
    }
    return names;
  }

 private:
  struct shard {
    std::size_t expected = 0;  // tensors that the index says it has
    std::once_flag opened;     // values are shared between threads
    value root{};
  };

  const value& root_of(std::size_t file) const {
    shard& of = shards_[file];
    std::call_once(of.opened, [&] {
      const source_ptr from = open_file(listed_.files[file]);
      value root = read(from);
      check(root, from->name(), file);
      of.root = std::move(root);
    });
    return of.root;
  }

  source_ptr open_file(const std::string& name) const {
    try {
      return index_->sibling(name);
    } catch (const file_error& failure) {
      error_info facts = failure.info();
      facts.remedy = index_->name() +
                     " names it: fetch every file that it names; where the model was saved anew "
                     "since it was opened, open it again";
      throw file_error(std::move(facts));
    }
  }

  static value read(const source_ptr& from) {
    std::optional<value> root;
    with_head(*from, [&](std::span<const std::byte> head) {
      const bool known = shard_archives::with_recognized(
          head, [&]<class A>() { root = contents(A::read(from, {})).root; });
      if (!known) refuse_unrecognized(from->name(), head);
    });
    return *std::move(root);
  }

  /// That the file has all tensors which the index says it has, and none of another file.
  void check(const value& root, const std::string& path, std::size_t file) const {
    if (!root.is_mapping()) {
      throw format_error({.file = path,
                          .expected = "a shard: a dict from names to tensors",
                          .found = summary(root)});
    }
    std::size_t found = 0;
    for (const auto& [key, content] : root.items()) {
      if (key.kind() != kind::string) continue;
      const auto known = find(key.text());
      if (!known) continue;
      const std::size_t owner = listed_.weights[*known].file;
      if (owner != file) refuse_second(path, key.text(), owner);
      if (!content.is_tensor()) refuse_kind(path, key.text(), content);
      ++found;
    }
    if (found != shards_[file].expected) refuse_absence(root, path, file);
  }

  [[noreturn]] void refuse_second(const std::string& path, const std::string& name,
                                  std::size_t owner) const {
    throw format_error({.file = path,
                        .where = detail::quoted(name),
                        .expected = "it in " + detail::quoted(listed_.files[owner]) + " only, as " +
                                    index_->name() + " says",
                        .found = "it here, too",
                        .remedy = "the shards are of different saves, or the index is wrong"});
  }

  [[noreturn]] static void refuse_kind(const std::string& path, const std::string& name,
                                       const value& content) {
    throw format_error({.file = path,
                        .where = detail::quoted(name),
                        .expected = "a tensor",
                        .found = summary(content)});
  }

  [[noreturn]] void refuse_absence(const value& root, const std::string& path,
                                   std::size_t file) const {
    for (const index::weight& each : listed_.weights) {
      if (each.file != file || root.contains(each.name)) continue;
      throw format_error({.file = path,
                          .where = detail::quoted(each.name),
                          .expected = "the tensor, as " + index_->name() + " says",
                          .found = "none of that name",
                          .remedy = "the shards are of different saves, or the index is wrong"});
    }
    throw format_error({.file = path, .expected = "each tensor once", .found = "one twice"});
  }

  source_ptr index_;
  index::contents listed_;
  std::unordered_map<std::string_view, std::size_t, safe_hash> weights_;  // by name
  mutable std::vector<shard> shards_;
};

}  // namespace ingot::detail
