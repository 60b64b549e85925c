// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/safe_hash.hpp>
#include <ingot/format/index/names.hpp>
#include <ingot/format/json/read.hpp>
#include <ingot/io/source.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::index {

/// A tensor, and the number of the file that has it.
struct weight {
  std::string name;
  std::size_t file;
};

/// What an index says, its files in the order in which they are first named.
struct contents {
  std::vector<weight> weights{};
  std::vector<std::string> files{};
  std::vector<std::pair<std::string, std::string>> metadata{};
};

/// Takes an index from json::read(): {"metadata": {...}, "weight_map": {name: file}}. Whatever else
/// is there is passed over. Throws format_error.
class events {
 public:
  explicit events(const std::string& file) : file_(file) {}

  contents take() && {
    if (!has_map_) fail({}, "an index with a \"weight_map\"", "a JSON text without one");
    return std::move(result_);
  }

  void null() { plain("null", "null"); }
  void boolean(bool flag) { plain(flag ? "true" : "false", "a bool"); }
  void number(std::string_view text) { plain(text, "a number"); }

  void string(std::string_view text) {
    if (!at_item("a string")) return;
    if (section_ == section::metadata) return add_text(text);
    const auto [known, fresh] = files_.try_emplace(std::string(text), result_.files.size());
    if (fresh) result_.files.emplace_back(text);
    result_.weights.push_back({key_, known->second});
  }

  void key(std::string_view text) {
    if (depth_ == 1) {
      section_ = text == "weight_map" ? section::map
                 : text == "metadata" ? section::metadata
                                      : section::other;
      bool& seen = section_ == section::map ? has_map_ : has_metadata_;
      if (section_ != section::other && std::exchange(seen, true)) {
        fail(std::string(text), "one", "two");
      }
      names_.clear();
    } else if (depth_ == 2 && section_ != section::other) {
      key_ = text;
      if (names_.insert(key_).second) return;
      fail(detail::quoted(key_), "names that differ", "the same one twice");
    }
  }

  void begin_object() { enter(true); }
  void begin_array() { enter(false); }
  void end_object() { --depth_; }
  void end_array() { --depth_; }

 private:
  enum class section { other, map, metadata };

  [[noreturn]] void fail(std::string where, std::string expected, std::string found) const {
    throw format_error({.file = file_,
                        .where = std::move(where),
                        .expected = std::move(expected),
                        .found = std::move(found),
                        .remedy = "an index maps tensors to files: {\"metadata\": {...}, "
                                  "\"weight_map\": {\"weight\": \"model-00001-of-00002...\"}}"});
  }

  /// Whether a value that is no container is to be taken; throws where there may be none.
  bool at_item(const char* found) const {
    if (depth_ == 0) fail({}, "an object", found);
    if (section_ == section::other || depth_ > 2) return false;
    if (depth_ == 2) return true;
    if (section_ == section::map) fail("weight_map", "an object from tensors to files", found);
    return false;
  }

  void plain(std::string_view text, const char* found) {
    if (!at_item(found)) return;
    if (section_ == section::map) fail(detail::quoted(key_), "the name of a file", found);
    add_text(text);
  }

  void add_text(std::string_view text) { result_.metadata.emplace_back(key_, text); }

  void enter(bool is_object) {
    const char* const found = is_object ? "an object" : "an array";
    if (depth_ == 0 && !is_object) fail({}, "an object", found);
    if (section_ == section::map) {
      if (depth_ == 2) fail(detail::quoted(key_), "the name of a file", found);
      if (!is_object) fail("weight_map", "an object from tensors to files", found);
    }
    if (depth_ == 1 && !is_object) section_ = section::other;
    ++depth_;
  }

  const std::string& file_;
  contents result_;
  std::size_t depth_ = 0;
  section section_ = section::other;
  bool has_map_ = false;
  bool has_metadata_ = false;
  std::string key_;
  std::unordered_set<std::string, safe_hash> names_;  // of the section
  std::unordered_map<std::string, std::size_t, safe_hash> files_;
};

/// Throws format_error unless every file is one of the index's own folder, with the suffix that the
/// name of the index promises: huggingface_hub's rule, but that it lets folders below through.
inline void check_files(const contents& of, const std::string& path) {
  if (of.files.empty()) return;
  const auto named = family_of(std::string_view(path).substr(path.find_last_of('/') + 1));
  const std::string& first = of.files.front();
  const std::string suffix =
      named ? named->suffix : first.substr(std::min(first.rfind('.'), first.size()));
  for (const std::string& file : of.files) {
    const std::string_view fault = fault_of_shard_name(file, suffix);
    if (fault.empty()) continue;
    throw format_error({.file = path,
                        .where = "weight_map",
                        .expected = "files of the same folder whose names end with " + suffix,
                        .found = detail::quoted(file) + ", " + std::string(fault)});
  }
}

/// Reads an index. Throws format_error.
inline contents read(const source& from) {
  // It is held in memory; a million tensors take half of this.
  constexpr std::uint64_t largest = std::uint64_t{1} << 28;
  if (from.size() > largest) {
    throw format_error({.file = from.name(),
                        .expected = "an index of at most 256 MiB",
                        .found = std::to_string(from.size()) + " bytes"});
  }
  std::string text(static_cast<std::size_t>(from.size()), '\0');
  from.read(0, std::as_writable_bytes(std::span(text)));
  events taken(from.name());
  json::read(text, taken, from.name(), "index");
  contents result = std::move(taken).take();
  check_files(result, from.name());
  return result;
}

}  // namespace ingot::detail::index
