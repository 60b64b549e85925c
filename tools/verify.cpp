// SPDX-License-Identifier: Apache-2.0
#include "verify.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include <ingot/archive/sharded.hpp>
#include <ingot/container/zip_member.hpp>
#include <ingot/container/zip_reader.hpp>
#include <ingot/core/error.hpp>

#include "progress.hpp"
#include "text.hpp"

namespace ingot::tools {

namespace {

std::string count_of(std::size_t number, const std::string& what) {
  return grouped(number) + ' ' + what + (number == 1 ? "" : "s");
}

std::uint64_t sum_of_sizes(const zip_reader& archive) {
  std::uint64_t sum = 0;
  for (const zip_entry& entry : archive.entries()) sum += entry.size;
  return sum;
}

/// The first tensor in each record, by the record's name, which in PyTorch's files is without the
/// top folder.
std::unordered_map<std::string, std::string> tensors_by_record(
    const std::vector<named_storage>& storages) {
  std::unordered_map<std::string, std::string> names;
  for (const named_storage& each : storages) {
    if (const extent* file = each.bytes->file()) names.emplace(file->record, each.name);
  }
  return names;
}

/// Checks a record; an error names the tensor whose bytes are in it.
void check_record(const source_ptr& file, const zip_entry& entry,
                  const std::unordered_map<std::string, std::string>& tensors) {
  try {
    check_member(file, entry);
  } catch (const format_error& failure) {
    auto tensor = tensors.find(entry.name);
    if (tensor == tensors.end()) {
      tensor = tensors.find(entry.name.substr(entry.name.find('/') + 1));
    }
    if (tensor == tensors.end()) throw;
    throw format_error(in_tensor(failure.info(), tensor->second));
  }
}

/// Checks every record, also those that no tensor refers to.
void check_records(std::ostream& out, const zip_reader& archive,
                   const std::vector<named_storage>& storages) {
  progress shown("checking", sum_of_sizes(archive));
  const auto tensors = tensors_by_record(storages);
  std::vector<std::string> unchecked;
  for (const zip_entry& entry : archive.entries()) {
    check_record(archive.file(), entry, tensors);
    if (!has_crc(entry)) unchecked.push_back(entry.name);
    shown.add(entry.size);
  }
  out << count_of(archive.entries().size() - unchecked.size(), "record") << " checked by CRC-32\n";
  for (const std::string& name : unchecked) out << "no checksum: " << printable(name) << '\n';
}

/// Checks what the structure leads to, of a file that isn't made of records.
void check_storages(std::ostream& out, const std::vector<named_storage>& storages) {
  progress shown("checking", total_size(storages));
  std::size_t unchecked = 0;
  for (const named_storage& each : storages) {
    check_storage(each);
    const extent* file = each.bytes->file();
    if (file == nullptr || !file->crc) ++unchecked;
    shown.add(each.bytes->size());
  }
  out << count_of(storages.size() - unchecked, "storage") << " checked by CRC-32\n";
  if (unchecked != 0) out << "no checksum: " << count_of(unchecked, "storage") << '\n';
}

bool is_zip_file(const source& file) {
  std::array<std::byte, 4> head{};
  if (file.size() < head.size()) return false;
  file.read(0, head);
  return is_zip(head);
}

}  // namespace

void verify(std::ostream& out, const input& file) {
  const std::vector<named_storage> storages = storages_of(file.root);
  if (is_zip_file(*file.source)) {
    // That names of PyTorch's files aren't equal up to their case was seen by who opened it.
    check_records(out, zip_reader(file.source, zip_case::distinguished), storages);
  } else {
    check_storages(out, storages);
  }
  if (file.format == sharded::name) {
    for (const std::string& each : sharded::unlisted(file.source)) {
      out << "not in the index: " << printable(each) << '\n';
    }
  }
  out << "structure and bounds of " << count_of(storages.size(), "storage") << " ("
      << human_bytes(total_size(storages)) << "): fine\n";
}

}  // namespace ingot::tools
