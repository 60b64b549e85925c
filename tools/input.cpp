// SPDX-License-Identifier: Apache-2.0
#include "input.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <unordered_set>

#include <ingot/archive/open.hpp>
#include <ingot/core/error.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/io/open.hpp>
#include <ingot/state/children.hpp>
#include <ingot/state/leaves.hpp>

#include "text.hpp"

namespace ingot::tools {

namespace {

std::string hexadecimal_number(std::uint32_t number) {
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  return {digits.data(), end};
}

class storage_collector {
 public:
  std::vector<named_storage> found;

  void add(const std::string& name, const value& of) {
    if (of.kind() != kind::tensor && of.kind() != kind::ndarray) return;
    if (const storage_ptr& bytes = of.tensor().bytes; bytes && seen_.insert(bytes.get()).second) {
      found.push_back({name, bytes});
    }
    for (std::size_t i = 0; i < child_count(of); ++i) add(name, child(of, i));
  }

 private:
  std::unordered_set<const storage*> seen_;
};

}  // namespace

input open_input(const std::filesystem::path& path) {
  input result;
  result.source = open_file(path);
  const opened_file file = open(result.source);
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

std::uint64_t total_size(const std::vector<named_storage>& storages) {
  std::uint64_t total = 0;
  for (const named_storage& each : storages) total += each.bytes->size();
  return total;
}

void check_storage(const named_storage& storage) {
  const extent* file = storage.bytes->file();
  if (file == nullptr) return;
  constexpr std::uint64_t piece = 256 * 1024;
  std::vector<std::byte> buffer;
  std::uint32_t crc = 0;
  for (std::uint64_t offset = 0; offset < file->size; offset += buffer.size()) {
    buffer.resize(static_cast<std::size_t>(std::min(piece, file->size - offset)));
    file->from->read(file->offset + offset, buffer);
    crc = crc32(crc, buffer);
  }
  if (!file->crc || crc == *file->crc) return;
  throw format_error({.file = file->from->name(),
                      .where = file->record + " (tensor " + printable(storage.name) + ')',
                      .expected = "bytes with the CRC-32 " + hexadecimal_number(*file->crc),
                      .found = hexadecimal_number(crc),
                      .remedy = "the file is damaged: take another copy of it"});
}

}  // namespace ingot::tools
