// SPDX-License-Identifier: Apache-2.0
#include "convert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <ingot/archive/known.hpp>
#include <ingot/archive/open.hpp>
#include <ingot/archive/save_sharded.hpp>
#include <ingot/core/error.hpp>
#include <ingot/io/file_sink.hpp>
#include <ingot/io/reporting_sink.hpp>
#include <ingot/state/leaves.hpp>
#include <ingot/state/transform.hpp>

#include "casting.hpp"
#include "input.hpp"
#include "items.hpp"
#include "left_out.hpp"
#include "module_states.hpp"
#include "progress.hpp"
#include "targets.hpp"
#include "text.hpp"

namespace ingot::tools {

namespace {

bool matches(const std::string& name, const std::regex& pattern) {
  // std::regex recurses over the name and would overflow the stack; regex_rename has this limit
  // too.
  constexpr std::size_t longest = 1024;
  if (name.size() <= longest) return std::regex_search(name, pattern);
  throw value_error({.where = printable(name, 64),
                     .expected = "a name of at most " + std::to_string(longest) +
                                 " bytes to look for a regular expression in",
                     .found = std::to_string(name.size()) + " bytes"});
}

/// Gives items their new names, and notes what of the options was of use.
class renamer {
 public:
  explicit renamer(const convert_options& options)
      : options_(options), used_(options.renames.size()) {}

  std::optional<std::string> operator()(const std::string& name) {
    if (options_.only && !matches(name, *options_.only)) return std::nullopt;
    found_ = true;
    std::string result = name;
    for (std::size_t i = 0; i < used_.size(); ++i) {
      std::string next = options_.renames[i].apply(result);
      if (next != result) used_[i] = true;
      result = std::move(next);
    }
    return result;
  }

  bool found() const { return found_; }

  void tell_of_useless(std::ostream& err) const {
    for (std::size_t i = 0; i < used_.size(); ++i) {
      if (!used_[i])
        err << "warning: --rename " << options_.renames[i].text
            << " changed no name (ingot ls prints them)\n";
    }
  }

 private:
  const convert_options& options_;
  bool found_ = false;
  std::vector<bool> used_;
};

value transformed(value root, const convert_options& options, renamer& rename) {
  if (options.only || !options.renames.empty()) {
    root = rename_items(root, std::ref(rename));
    if (!rename.found()) {
      throw value_error({.file = options.in,
                         .where = "--only",
                         .expected = "a regular expression that is found in some name of the file",
                         .found = "none that has it",
                         .remedy = "ingot ls prints the names"});
    }
  }
  return options.cast ? cast_floating_point(root, *options.cast) : root;
}

/// A file with the names that it notes as left out. The notes go: they would be of no use in
/// another format, and wrong under other names. What is written to such a format again has new
/// ones.
template <readable_archive A>
void restore_ties(input& file) {
  if (file.format != A::name) return;
  const opened_file whole = open<A>(file.source, {.restore_ties = true});
  file.root = whole;
  file.metadata = whole.metadata();
}

/// Arrays of numpy as tensors, where the archive has no such thing as an array.
value with_tensors(value root, leaf_test holds) {
  const bool fits = std::ranges::none_of(leaves_of(root, false), [&](const leaf& part) {
    return part.content->kind() == kind::ndarray && !holds(*part.content);
  });
  if (fits) return root;
  return transform_tensors(root, [](const tensor_data& tensor) { return value(tensor); });
}

template <selective_archive A>
constexpr target target_of{A::name, &A::holds, A::flat};

/// What of a file is written to an archive; nothing where some of it can't be.
std::optional<value> prepared(std::ostream& err, const input& file, const target& to,
                              const convert_options& options) {
  // Of entire modules what they are loaded from; no format but pickle holds the rest.
  const value state = with_module_states(file.root);
  renamer rename(options);
  value root = with_tensors(transformed(state, options, rename), to.holds);
  if (to.flat) root = flatten(root);
  std::optional<value> result = holdable(err, std::move(root), to, options, has_named_items(state));
  if (result) rename.tell_of_useless(err);
  return result;
}

/// What goes along beside the tensors. The metadata of an index say no format, as each shard does;
/// transformers refuses a safetensors file with metadata and without one.
template <class A>
value metadata_for(const input& file) {
  const bool complete = !std::is_same_v<A, mapped> || file.format != sharded::name ||
                        file.metadata.size() == 0 || file.metadata.contains("format");
  if (complete) return file.metadata;
  std::vector<value::pair> items(file.metadata.items().begin(), file.metadata.items().end());
  items.emplace_back("format", "pt");
  return value::make_mapping(kind::dict, std::move(items));
}

template <selective_archive A>
bool write(std::ostream& err, const input& file, const convert_options& options) {
  const auto holdable_root = prepared(err, file, target_of<A>, options);
  if (!holdable_root) return false;
  typename A::write_options how;
  if constexpr (requires { how.metadata = file.metadata; }) how.metadata = metadata_for<A>(file);
  file_sink out(options.out);
  progress shown("writing", total_size(storages_of(*holdable_root)));
  reporting_sink told(out, [&](std::uint64_t bytes) { shown.add(bytes); });
  A::write(*holdable_root, told, how);
  out.commit();
  return true;
}

bool write_sharded(std::ostream& err, const input& file, const convert_options& options) {
  const bool torch = options.out.string().find(".bin.index") != std::string::npos;
  target to = torch ? target_of<zip> : target_of<mapped>;
  to.flat = true;
  const auto root = prepared(err, file, to, options);
  if (!root) return false;
  progress shown("writing", total_size(storages_of(*root)));
  const std::filesystem::path written =
      save_sharded(*root, options.out,
                   {.max_shard_size = options.max_shard_size,
                    .metadata = file.metadata,
                    .progress = [&](std::uint64_t bytes) { shown.add(bytes); }});
  if (written != options.out) err << "one file suffices: " << written.string() << '\n';
  return true;
}

}  // namespace

bool convert(std::ostream& err, const convert_options& options) {
  input file = open_input(options.in, options.record);
  restore_ties<mapped>(file);
  restore_ties<sharded>(file);
  if (options.to.empty() && is_index_name(options.out)) return write_sharded(err, file, options);
  bool written = false;
  const auto use = [&]<class A>() { written = write<A>(err, file, options); };
  const bool found = options.to.empty() ? detail::known_archives::with_suffix(
                                              options.out.extension().string(), use)
                                        : with_target(options.to, use);
  if (!found) use.template operator()<zip>();
  return written;
}

}  // namespace ingot::tools
