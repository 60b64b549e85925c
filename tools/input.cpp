// SPDX-License-Identifier: Apache-2.0
#include "input.hpp"

#include <span>
#include <unordered_set>
#include <utility>

#include <ingot/archive/binary.hpp>
#include <ingot/archive/open.hpp>
#include <ingot/archive/sharded.hpp>
#include <ingot/io/open.hpp>
#include <ingot/state/children.hpp>
#include <ingot/state/leaves.hpp>
#include <ingot/state/materialized_size.hpp>
#include <ingot/state/read.hpp>

#include "text.hpp"

namespace ingot::tools {

namespace {

/// Of a tensor, it and its parts, as far as they have bytes; of anything else nothing.
template <class Visit>
void visit_parts(const value& of, const Visit& visit) {
  if (of.kind() != kind::tensor && of.kind() != kind::ndarray) return;
  if (of.tensor().bytes) visit(of.tensor());
  for (std::size_t i = 0; i < child_count(of); ++i) visit_parts(child(of, i), visit);
}

class storage_collector {
 public:
  std::vector<named_storage> found;

  void add(const std::string& name, const value& of) {
    visit_parts(of, [&](const tensor_data& part) {
      if (seen_.insert(part.bytes.get()).second) found.push_back({name, part.bytes});
    });
  }

 private:
  std::unordered_set<const storage*> seen_;
};

bool has_first_record(const source_ptr& file) {
  try {
    open<binary>(file, {.record = 0});
    return true;
  } catch (const error&) {
    return false;
  }
}

/// What the library says of a file of several records is what to write in C++.
opened_file open_only_record(const source_ptr& file) {
  try {
    return open(file);
  } catch (const format_error& failure) {
    if (!has_first_record(file)) throw;
    error_info facts = failure.info();
    facts.remedy = "--record N of ls, verify and convert opens one of several, counted from 0";
    throw format_error(std::move(facts));
  }
}

}  // namespace

input open_input(const std::filesystem::path& path, std::optional<std::size_t> record) {
  input result;
  result.source = open_file(sharded::index_or_one_file(path));
  const opened_file file =
      record ? open<binary>(result.source, {.record = record}) : open_only_record(result.source);
  result.root = file;
  result.metadata = file.metadata();
  result.format = file.format();
  return result;
}

std::vector<named_storage> storages_of(const value& root) {
  storage_collector storages;
  for (const leaf& part : leaves_of(root)) storages.add(part.name, *part.content);
  return std::move(storages.found);
}

void check_sizes(const value& root) {
  detail::materialized_sizes sizes;
  for (const leaf& each : leaves_of(root)) {
    visit_parts(*each.content,
                [&](const tensor_data& part) { sizes.add(part, printable(each.name)); });
  }
  sizes.check();
}

std::uint64_t total_size(const std::vector<named_storage>& storages) {
  std::uint64_t total = 0;
  for (const named_storage& each : storages) total += each.bytes->size();
  return total;
}

error_info in_tensor(error_info facts, const std::string& name) {
  if (!name.empty()) facts.where += " (tensor " + printable(name) + ')';
  return facts;
}

void check_storage(const named_storage& storage) {
  const extent* file = storage.bytes->file();
  if (file == nullptr) return;
  std::vector<std::byte> buffer;
  try {
    if (file->crc) return detail::verify_storage(*storage.bytes, buffer);
    // What can't be compared with a checksum can at least be read.
    detail::for_each_piece(file->size, 1, buffer,
                           [&](std::uint64_t offset, std::span<std::byte> piece) {
                             file->from->read(file->offset + offset, piece);
                           });
  } catch (const format_error& failure) {
    throw format_error(in_tensor(failure.info(), storage.name));
  }
}

}  // namespace ingot::tools
