// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ingot/container/zip_member.hpp>
#include <ingot/container/zip_reader.hpp>
#include <ingot/container/zip_writer.hpp>
#include <ingot/io/memory_sink.hpp>
#include <ingot/io/memory_source.hpp>

#include "sparse_file.hpp"

namespace zip_writer_test {
namespace {

using content = std::vector<std::byte>;

void add_zeros(ingot::zip_writer& writer, const std::string& name, std::uint64_t size) {
  const content zeros(256 * 1024);
  writer.begin(name, size);
  while (size > 0) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(size, zeros.size()));
    writer.write(std::span(zeros).first(count));
    size -= count;
  }
  writer.end();
}

content written(void (*fill)(ingot::zip_writer&)) {
  ingot::memory_sink out;
  ingot::zip_writer writer(out);
  fill(writer);
  return std::move(out).take();
}

constexpr std::uint64_t limit = 0xffffffff;

}  // namespace

TEST_CASE("members may be streamed in pieces of any size, into the same bytes") {
  const content whole = written([](ingot::zip_writer& writer) {
    writer.add("a/one", std::string(600'000, 'x'));
    writer.add("a/empty", "");
    writer.finish();
  });
  const content pieces = written([](ingot::zip_writer& writer) {
    const std::string text(600'000, 'x');
    writer.begin("a/one", text.size());
    const auto all = std::as_bytes(std::span(text));
    writer.write(all.first(1));
    writer.write({});
    writer.write(all.subspan(1, 300'000));
    writer.write(all.subspan(300'001));
    writer.end();
    writer.begin("a/empty", 0);
    writer.end();
    writer.finish();
  });
  CHECK(whole == pieces);
}

TEST_CASE("an archive with no members is read back") {
  const auto zip = written([](ingot::zip_writer& writer) { writer.finish(); });
  CHECK(ingot::zip_reader(ingot::from_memory(content(zip))).entries().empty());
}

TEST_CASE("every payload starts at the next multiple of 64 bytes, whatever the name's length") {
  ingot::memory_sink out;
  ingot::zip_writer writer(out);
  std::string name = "a/";
  for (int i = 0; i < 130; ++i) writer.add(name += 'n', "12345");
  writer.finish();
  const ingot::zip_reader reader(ingot::from_memory(std::move(out).take()));
  std::uint64_t start = 0;
  for (const auto& entry : reader.entries()) {
    CHECK(entry.offset % 64 == 0);
    CHECK(entry.offset - (start + 30 + entry.name.size() + 4) < 64);  // and at the first such one
    start = entry.offset + entry.size + 16;
  }
}

TEST_CASE("offsets count from the archive's start where the sink has bytes already") {
  ingot::memory_sink out;
  out.write(content(10));
  ingot::zip_writer writer(out);
  writer.add("a/b", "data");
  writer.finish();
  const auto alone = written([](ingot::zip_writer& other) {
    other.add("a/b", "data");
    other.finish();
  });
  CHECK(std::equal(alone.begin(), alone.end(), out.bytes().begin() + 10, out.bytes().end()));
}

TEST_CASE("misuse of the writer is a value_error") {
  ingot::memory_sink out;
  ingot::zip_writer writer(out);
  CHECK_THROWS_AS(writer.begin("", 1), ingot::value_error);
  CHECK_THROWS_AS(writer.begin(std::string("a\0b", 3), 1), ingot::value_error);
  CHECK_THROWS_AS(writer.begin(std::string(65'536, 'n'), 1), ingot::value_error);
  CHECK_THROWS_AS(writer.end(), ingot::value_error);
  writer.begin("a/b", 2);
  CHECK_THROWS_AS(writer.begin("a/c", 2), ingot::value_error);
  CHECK_THROWS_AS(writer.end(), ingot::value_error);
  CHECK_THROWS_AS(writer.finish(), ingot::value_error);
  CHECK_THROWS_AS(writer.write(content(3)), ingot::value_error);
  writer.write(content(2));
  writer.end();
  CHECK_THROWS_AS(writer.write(content(1)), ingot::value_error);
  writer.add("a/B", "");
  CHECK_THROWS_AS(writer.finish(), ingot::value_error);
}

TEST_CASE("more than 65,535 members are written and read back") {
  ingot::memory_sink out;
  ingot::zip_writer writer(out);
  for (std::uint32_t i = 0; i < 70'000; ++i) {
    writer.add("archive/data/" + std::to_string(i), std::as_bytes(std::span(&i, 1)));
  }
  writer.finish();
  const ingot::zip_reader reader(ingot::from_memory(std::move(out).take()));
  REQUIRE(reader.entries().size() == 70'000);
  bool right = true;
  for (std::uint32_t i = 0; i < 70'000; ++i) {
    const ingot::zip_entry* entry = reader.find("archive/data/" + std::to_string(i));
    std::uint32_t stored = 0;
    reader.file()->read(entry->offset, std::as_writable_bytes(std::span(&stored, 1)));
    right = right && stored == i && entry == &reader.entries()[i];
  }
  CHECK(right);
}

TEST_CASE("members beyond 4 GiB, by size and by offset, are written and read back") {
  const auto file = std::make_shared<sparse_file>();
  ingot::zip_writer writer(*file);
  writer.add("a/first", "1");
  add_zeros(writer, "a/big", limit + 2);
  writer.add("a/far", "far");
  writer.add("a/far_empty", "");
  add_zeros(writer, "a/big_far", limit);
  writer.finish();
  const ingot::zip_reader reader(file);
  REQUIRE(reader.entries().size() == 5);
  CHECK(reader.find("a/big")->size == limit + 2);
  CHECK(reader.find("a/big_far")->size == limit);
  CHECK(reader.find("a/far")->offset > limit);
  for (const char* name : {"a/first", "a/far", "a/far_empty"}) {
    ingot::check_member(file, *reader.find(name));
  }
}

TEST_CASE("zip64 fields begin at 2^32 - 1, where PyTorch's do") {
  using ingot::detail::zip_record;
  // Sizes of {local header up to its padding, descriptor, directory entry}, as measured on files of
  // torch.save.
  const auto sizes = [](std::uint64_t size, std::uint64_t start) {
    const zip_record record{.name = "a/b", .size = size, .start = start, .crc = 0};
    const content local = ingot::detail::zip_local_header(record);
    const auto padding = std::find(local.begin() + 33, local.end(), std::byte{'F'});
    return std::vector<std::ptrdiff_t>{
        padding - local.begin() - 33,
        static_cast<std::ptrdiff_t>(ingot::detail::zip_descriptor(record).size()),
        static_cast<std::ptrdiff_t>(ingot::detail::zip_central_header(record).size()) - 49};
  };
  using expected = std::vector<std::ptrdiff_t>;
  CHECK(sizes(limit - 1, 0) == expected{0, 16, 0});
  CHECK(sizes(limit, 0) == expected{20, 24, 20});
  CHECK(sizes(limit + 1, 0) == expected{20, 24, 20});
  CHECK(sizes(4, limit - 1) == expected{0, 16, 0});
  CHECK(sizes(4, limit) == expected{12, 24, 12});
  CHECK(sizes(limit, limit) == expected{28, 24, 28});
}

}  // namespace zip_writer_test
