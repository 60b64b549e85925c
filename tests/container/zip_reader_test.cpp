// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ingot/container/zip_member.hpp>
#include <ingot/container/zip_reader.hpp>
#include <ingot/io/memory_source.hpp>

#include "crafted_zip.hpp"

namespace zip_reader_test {
namespace {

using crafted::archive;
using crafted::bytes;
using crafted::member;
using crafted::text;
using crafted::zip;

ingot::zip_reader reader_of(bytes file) {
  return ingot::zip_reader(ingot::from_memory(std::move(file)));
}

// Refused, and for the reason meant: `why` is part of the message.
void check_refused(const bytes& file, const std::string& why) {
  CAPTURE(why);
  try {
    reader_of(file);
    FAIL_CHECK("the file was taken");
  } catch (const ingot::format_error& error) {
    CAPTURE(error.what());
    CHECK(std::string(error.what()).find(why) != std::string::npos);
  }
}

// A zip64 end record and its locator, for a directory at `start`.
bytes zip64_records(std::uint64_t count, std::uint64_t size, std::uint64_t start) {
  bytes records;
  ingot::append_little(records, std::uint32_t{0x06064b50});
  ingot::append_little(records, std::uint64_t{44});
  ingot::append_little(records, std::uint32_t{0});
  ingot::append_little(records, std::uint64_t{0});
  ingot::append_little(records, count);
  ingot::append_little(records, count);
  ingot::append_little(records, size);
  ingot::append_little(records, start);
  ingot::append_little(records, std::uint32_t{0x07064b50});
  ingot::append_little(records, std::uint32_t{0});
  ingot::append_little(records, start + size);
  ingot::append_little(records, std::uint32_t{1});
  return records;
}

bytes zip64_field(std::initializer_list<std::uint64_t> values) {
  bytes field;
  ingot::append_little(field, std::uint16_t{1});
  ingot::append_little(field, static_cast<std::uint16_t>(8 * values.size()));
  for (const std::uint64_t value : values) ingot::append_little(field, value);
  return field;
}

// 2^40 zero bytes and a tail.
class hole_file final : public ingot::source {
 public:
  explicit hole_file(std::vector<std::byte> tail) : tail_(std::move(tail)) {}
  const std::string& name() const noexcept override { return name_; }
  std::uint64_t size() const noexcept override { return hole + tail_.size(); }
  void read(std::uint64_t offset, std::span<std::byte> into) const override {
    for (std::byte& byte : into) {
      byte = offset < hole ? std::byte{} : tail_[static_cast<std::size_t>(offset - hole)];
      ++offset;
    }
  }
  static constexpr std::uint64_t hole = std::uint64_t{1} << 40;

 private:
  std::vector<std::byte> tail_;
  std::string name_ = "sparse";
};

}  // namespace

TEST_CASE("members are listed in the directory's order and found up to ASCII case") {
  const auto reader = reader_of(zip({{.name = "a/x", .packed = text("one")},
                                     {.name = "a/B", .packed = text("three")},
                                     {.name = "a/empty", .packed = {}}}));
  REQUIRE(reader.entries().size() == 3);
  CHECK(reader.entries()[1].name == "a/B");
  CHECK(reader.entries()[1].size == 5);
  CHECK(reader.entries()[1].offset == 33 + 3 + 33);
  CHECK(reader.find("A/b") == &reader.entries()[1]);
  CHECK(reader.find("a/y") == nullptr);
  CHECK(reader.find("") == nullptr);
}

TEST_CASE("an empty archive, a comment, and up to 64 KiB of trailing bytes are taken") {
  CHECK(reader_of(zip({})).entries().empty());
  CHECK(reader_of(zip({{}}, {.comment = bytes(0xffff)})).entries().size() == 1);
  CHECK(reader_of(zip({{}}, {.comment = text("hello"), .trailing = bytes(60'000)}))
            .entries()
            .size() == 1);
  check_refused(zip({{}}, {.trailing = bytes(70'000)}), "end record");
}

TEST_CASE("a file is recognised by its first bytes") {
  CHECK(ingot::is_zip(zip({{}})));
  CHECK(ingot::is_zip(zip({})));
  CHECK_FALSE(ingot::is_zip(text("PK\1\2....")));
  CHECK_FALSE(ingot::is_zip(text("PK")));
}

TEST_CASE("two members of one name, up to ASCII case, are refused") {
  check_refused(zip({{.name = "a/b"}, {.name = "a/b"}}), "one record of that name");
  check_refused(zip({{.name = "a/data.pkl"}, {}, {.name = "a/DATA.pkl"}}),
                "one record of that name");
}

TEST_CASE("members that overlap each other or the directory are refused") {
  const member inner{.name = "a/inner"};
  const member outer{.name = "a/outer", .packed = crafted::local(inner)};
  // The inner member's header is quoted in the payload of the outer one.
  member quoted = inner;
  quoted.offset = 30 + 7;
  bytes file = crafted::local(outer);
  const std::size_t start = file.size();
  crafted::append(file, crafted::central(outer, 0));
  crafted::append(file, crafted::central(quoted, 0));
  const auto directory = static_cast<std::uint32_t>(file.size() - start);
  const bytes end = zip({}, {.count = std::uint16_t{2},
                             .directory_size = directory,
                             .directory_offset = static_cast<std::uint32_t>(start)});
  crafted::append(file, end);
  check_refused(file, "apart from the others");

  check_refused(zip({{.size = 5, .packed_size = 5}}), "apart from the others");
  check_refused(zip({{.size = 5, .packed_size = 5}, {.name = "a/c"}}), "apart from the others");
  check_refused(zip({{.offset = 37}}), "apart from the others");
  check_refused(zip({{.offset = 0xfffffffe}}), "apart from the others");
}

TEST_CASE("what a member can't be is refused") {
  check_refused(zip({{.method = 12}}), "method 12");
  check_refused(zip({{.flags = 0x0001}}), "encrypted");
  check_refused(zip({{.flags = 0x0040}}), "encrypted");
  check_refused(zip({{.flags = 0x2000}}), "encrypted");
  check_refused(zip({{.local_flags = std::uint16_t{1}}}), "same method and flags");
  check_refused(zip({{.local_method = std::uint16_t{8}}}), "same method and flags");
  check_refused(zip({{.local_name = "a/c"}}), "the same name");
  check_refused(zip({{.local_name = "a/bb"}}), "the same name");
  check_refused(zip({{.local_name = "a/"}}), "the same name");
  check_refused(zip({{.name = ""}}), "names");
  check_refused(zip({{.name = std::string("a/\0b", 4)}}), "names");
  check_refused(zip({{.size = 5}}), "one size for a stored record");
  check_refused(zip({{.method = 8, .size = 5 * 1032}}), "1032 times");
  check_refused(zip({{.offset = 1}}), "a local header");
}

TEST_CASE("end records that lie are refused") {
  check_refused(zip({{.name = std::string(60, 'n')}}, {.count = std::uint16_t{2}}), "2 entries");
  check_refused(zip({{}, {.name = "a/c"}}, {.count = std::uint16_t{1}}), "1 entries");
  check_refused(zip({{}}, {.count = std::uint16_t{0xffff}}), "room for");
  check_refused(zip({{}}, {.directory_size = 50u}), "ends at this record");
  check_refused(zip({{}}, {.directory_offset = 0xffffffffu}), "ends at this record");
  check_refused(zip({{}}, {.directory_size = 50u, .directory_offset = 36u}), "an entry");
  bytes cut_comment = zip({{}}, {.comment = text("hello")});
  cut_comment.pop_back();
  check_refused(cut_comment, "end record");
}

TEST_CASE("bytes before the first member are refused, as by PyTorch") {
  check_refused(zip({{}}, {.before = text("#!x\n")}), "PK\\3\\4");
  bytes moved = text("junk");
  crafted::append(moved, zip({{}}));
  check_refused(moved, "ends at this record");
}

TEST_CASE("zip64 values are taken where the short fields say so") {
  const member plain{};
  const auto start = static_cast<std::uint64_t>(crafted::local(plain).size());
  const member wide{.size = 0xffffffff,
                    .packed_size = 0xffffffff,
                    .offset = 0xffffffff,
                    .extra = zip64_field({4, 4, 0})};
  const auto size = static_cast<std::uint64_t>(crafted::central(wide, 0).size());
  const auto reader = reader_of(zip({wide}, {.count = std::uint16_t{0xffff},
                                             .directory_size = 0xffffffffu,
                                             .directory_offset = 0xffffffffu,
                                             .zip64_records = zip64_records(1, size, start)}));
  CHECK(reader.entries()[0].size == 4);
  CHECK(reader.entries()[0].offset == 33);
}

TEST_CASE("zip64 records that lie are refused") {
  const auto wide = [](bytes extra) {
    return zip({{.size = 0xffffffff, .packed_size = 0xffffffff, .extra = std::move(extra)}});
  };
  bytes twice = zip64_field({4, 4});
  crafted::append(twice, twice);
  bytes too_long = zip64_field({4, 4});
  too_long.pop_back();
  check_refused(wide({}), "a zip64 extra field");
  check_refused(wide(zip64_field({4})), "a zip64 extra field");
  check_refused(wide(twice), "one zip64 extra field");
  check_refused(wide(too_long), "within their bounds");
  check_refused(wide(zip64_field({std::uint64_t{1} << 63, std::uint64_t{1} << 63})), "apart");

  const member plain{};
  const auto start = static_cast<std::uint64_t>(crafted::local(plain).size());
  const auto size = static_cast<std::uint64_t>(crafted::central(plain, 0).size());
  const auto with = [&](const bytes& records) { return zip({plain}, {.zip64_records = records}); };
  CHECK(reader_of(with(zip64_records(1, size, start))).entries().size() == 1);
  check_refused(with(zip64_records(2, size, start)), "one number of entries");
  check_refused(with(zip64_records(1, size, start + 1)), "zip64");
  check_refused(with(zip64_records(1, size - 1, start)), "zip64");
  check_refused(with(zip64_records(1, ~std::uint64_t{0}, start + size + 1)), "zip64");
  // A gap between the directory and the record; a sum that wraps around to the right offset.
  bytes gap = bytes(10);
  crafted::append(gap, zip64_records(1, size, start));
  ingot::store_little(gap.data() + 10 + 56 + 8, start + size + 10);
  check_refused(with(gap), "ends at this record");
  check_refused(
      zip({plain}, {.count = std::uint16_t{0xffff},
                    .directory_size = 0xffffffffu,
                    .directory_offset = 0xffffffffu,
                    .zip64_records = zip64_records(1, start + size + 8, ~std::uint64_t{7})}),
      "ends at this record");
  bytes far = zip64_records(1, size, start);
  ingot::store_little(far.data() + 56 + 8, ~std::uint64_t{0});
  check_refused(with(far), "before its locator");
}

TEST_CASE("a huge sparse file that claims a huge directory costs no memory") {
  const bytes end =
      zip({}, {.count = std::uint16_t{0xffff},
               .directory_size = 0xffffffffu,
               .directory_offset = 0xffffffffu,
               .zip64_records = zip64_records(std::uint64_t{1} << 34, hole_file::hole, 0)});
  CHECK_THROWS_AS(ingot::zip_reader(std::make_shared<hole_file>(end)), ingot::format_error);
}

}  // namespace zip_reader_test
