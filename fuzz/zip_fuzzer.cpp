// SPDX-License-Identifier: Apache-2.0
// The zip container: its directory, and its members unpacked.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ingot/container/zip_member.hpp>
#include <ingot/container/zip_reader.hpp>
#include <ingot/container/zip_writer.hpp>
#include <ingot/io/memory_sink.hpp>
#include <ingot/io/memory_source.hpp>

#include "support/heap.hpp"
#include "support/unmapped.hpp"
#include "support/use.hpp"
#include "support/zip_mutator.hpp"

namespace {

using bytes = std::span<const std::byte>;

constexpr std::uint64_t largest_member = 64 << 10;

std::optional<ingot::zip_reader> read(const ingot::source_ptr& file, ingot::zip_case names) {
  try {
    return fuzz::in_proportion(file->size(), 64, [&] { return ingot::zip_reader(file, names); });
  } catch (const ingot::format_error&) {
    return std::nullopt;
  }
}

ingot::source_ptr source(bytes input, bool mapped) {
  return mapped ? ingot::from_memory(input) : fuzz::unmapped(input);
}

/// The whole member, which a part of it must agree with; nothing where it is damaged.
std::optional<std::vector<std::byte>> unpack(const ingot::source_ptr& file,
                                             const ingot::zip_entry& entry) {
  try {
    const auto member = ingot::open_member(file, entry);
    if (member->size() > largest_member) return std::nullopt;
    std::vector<std::byte> whole(static_cast<std::size_t>(member->size()));
    member->read(0, whole);
    std::vector<std::byte> part(whole.size() / 2);
    const std::size_t start = whole.size() / 3;
    member->read(start, part);
    if (!std::equal(part.begin(), part.end(), whole.begin() + static_cast<std::ptrdiff_t>(start))) {
      fuzz::fail("a part of a member is a part of it");
    }
    ingot::check_member(file, entry);
    return whole;
  } catch (const ingot::format_error&) {
    return std::nullopt;
  }
}

/// Members lie in the file, apart from each other, packed in a way that is known.
void expect_sound(const ingot::zip_reader& zip, std::uint64_t size) {
  std::vector<ingot::zip_entry> entries(zip.entries().begin(), zip.entries().end());
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return a.offset != b.offset ? a.offset < b.offset : a.packed_size < b.packed_size;
  });
  std::uint64_t end = 0;
  for (const ingot::zip_entry& entry : entries) {
    if (entry.offset < end) fuzz::fail("members lie apart");
    if (entry.offset > size || entry.packed_size > size - entry.offset) {
      fuzz::fail("members lie in the file");
    }
    end = entry.offset + entry.packed_size;
    const bool stored = entry.method == ingot::zip_method::stored;
    if (stored ? entry.size != entry.packed_size : entry.method != ingot::zip_method::deflated) {
      fuzz::fail("a member's size and method are possible");
    }
  }
}

void expect_same(const ingot::zip_reader& a, const ingot::zip_reader& b) {
  const auto left = a.entries();
  const auto right = b.entries();
  if (!std::equal(left.begin(), left.end(), right.begin(), right.end(),
                  [](const ingot::zip_entry& x, const ingot::zip_entry& y) {
                    return x.name == y.name && x.method == y.method && x.crc == y.crc &&
                           x.packed_size == y.packed_size && x.size == y.size &&
                           x.offset == y.offset;
                  })) {
    fuzz::fail("a file has the same members, mapped or not");
  }
}

void write_and_read(const ingot::zip_reader& zip,
                    const std::vector<std::optional<std::vector<std::byte>>>& contents,
                    ingot::zip_case names) {
  ingot::memory_sink out;
  ingot::zip_writer writer(out, names);
  for (std::size_t i = 0; i < contents.size(); ++i) {
    writer.add(zip.entries()[i].name, contents[i] ? bytes(*contents[i]) : bytes());
  }
  writer.finish();
  const ingot::zip_reader again(ingot::from_memory(out.bytes()), names);
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const ingot::zip_entry* entry = again.find(zip.entries()[i].name);
    const auto content = entry != nullptr ? unpack(again.file(), *entry) : std::nullopt;
    if (!content || *content != contents[i].value_or(std::vector<std::byte>())) {
      fuzz::fail("what was written is read as it was");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes input = std::as_bytes(std::span(data, size));
  const bool thorough = fuzz::thoroughness_for(input) == fuzz::thoroughness::thorough;
  const auto names = size % 4 < 2 ? ingot::zip_case::ignored : ingot::zip_case::distinguished;
  const bool first = size % 2 == 0;
  const auto zip = read(source(input, first), names);
  std::optional<ingot::zip_reader> other;
  if (thorough) {
    other = read(source(input, !first), names);
    if (zip.has_value() != other.has_value()) fuzz::fail("accepted or refused, mapped or not");
  }
  if (!zip) return 0;
  expect_sound(*zip, size);
  if (other) expect_same(*zip, *other);
  std::vector<std::optional<std::vector<std::byte>>> contents;
  for (const ingot::zip_entry& entry : zip->entries()) {
    if (zip->find(entry.name) != &entry) fuzz::fail("a member is found by its name");
    contents.push_back(unpack(zip->file(), entry));
    if (other && contents.back() != unpack(other->file(), entry)) {
      fuzz::fail("a member has the same bytes, mapped or not");
    }
  }
  if (thorough) write_and_read(*zip, contents, names);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  fuzz::random dice(seed);
  std::string file(reinterpret_cast<const char*>(data), size);
  fuzz::zip_mutator(dice, most)(file);
  return fuzz::give(file, data, most);
}
