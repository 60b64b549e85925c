// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <ingot/container/zip_member.hpp>
#include <ingot/container/zip_reader.hpp>
#include <ingot/io/memory_source.hpp>
#include <ingot/io/window_source.hpp>

#include "crafted_zip.hpp"

namespace zip_member_test {
namespace {

using crafted::bytes;
using crafted::member;
using crafted::text;
using crafted::zip;

// Compresses to about half, so that it spans many input blocks.
bytes sample(std::size_t size) {
  std::mt19937 random(3);
  bytes plain(size);
  for (std::byte& byte : plain) byte = static_cast<std::byte>(random() % 16);
  return plain;
}

ingot::source_ptr only_member(const member& it) {
  const ingot::zip_reader reader(ingot::from_memory(zip({it})));
  return ingot::open_member(reader.file(), reader.entries()[0]);
}

void check_only(const member& it) {
  const ingot::zip_reader reader(ingot::from_memory(zip({it})));
  ingot::check_member(reader.file(), reader.entries()[0]);
}

bytes contents(const ingot::source& from) {
  bytes all(static_cast<std::size_t>(from.size()));
  from.read(0, all);
  return all;
}

}  // namespace

TEST_CASE("a stored member is a window that says where its bytes are in the file") {
  const ingot::zip_reader reader(ingot::from_memory(zip({{}, {.name = "a/c"}})));
  const auto member = ingot::open_member(reader.file(), reader.entries()[1]);
  const auto* window = dynamic_cast<const ingot::window_source*>(member.get());
  REQUIRE(window != nullptr);
  CHECK(window->base() == reader.file());
  CHECK(window->offset() == 37 + 33);
  CHECK(contents(*member) == text("data"));
  CHECK(member->name() == "memory: a/c");
}

TEST_CASE("a deflated member reads at any position, in any order") {
  const bytes plain = sample(200'000);
  const auto member = only_member(crafted::deflated(plain));
  CHECK(member->size() == plain.size());
  CHECK(contents(*member) == plain);
  for (const std::size_t offset : {150'000u, 20u, 199'999u, 0u, 100'000u, 100'010u, 200'000u}) {
    bytes piece(std::min<std::size_t>(10, plain.size() - offset));
    member->read(offset, piece);
    CHECK(std::equal(piece.begin(), piece.end(), plain.begin() + static_cast<long>(offset)));
  }
  bytes beyond(2);
  CHECK_THROWS_AS(member->read(plain.size() - 1, beyond), ingot::format_error);
}

TEST_CASE("a deflated member reads in pieces that are smaller than what its last byte stands for") {
  // zlib takes that byte with the first of the repeated letters, and gives the others later.
  const bytes plain(30, std::byte{'s'});
  const auto from = only_member(crafted::deflated(plain));
  bytes read(plain.size());
  for (std::size_t at = 0; at < read.size(); at += 10) {
    from->read(at, std::span(read).subspan(at, 10));
  }
  CHECK(read == plain);
}

TEST_CASE("threads may share a deflated member") {
  const bytes plain = sample(50'000);
  const auto member = only_member(crafted::deflated(plain));
  std::vector<std::thread> threads;
  int wrong[4] = {};
  for (int& mine : wrong) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) mine += contents(*member) != plain;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int mine : wrong) CHECK(mine == 0);
}

TEST_CASE("a deflate stream that isn't the declared size, or is damaged, is refused") {
  const bytes plain = sample(100'000);
  const member good = crafted::deflated(plain);
  check_only(good);
  for (const int difference : {-50'000, -1, 1, 50'000}) {
    member other = good;
    other.size = static_cast<std::uint32_t>(100'000 + difference);
    other.crc = 0;
    CAPTURE(difference);
    CHECK_THROWS_AS(check_only(other), ingot::format_error);
  }
  for (const std::size_t kept : {std::size_t{1}, good.packed.size() / 2, good.packed.size() - 1}) {
    member cut = good;
    cut.packed.resize(kept);
    cut.size = static_cast<std::uint32_t>(std::min<std::size_t>(100'000, kept * 1032));
    CHECK_THROWS_AS(check_only(cut), ingot::format_error);
  }
  member followed = good;
  followed.packed.push_back(std::byte{0});
  CHECK_THROWS_AS(check_only(followed), ingot::format_error);
  member garbage = good;
  garbage.packed.assign(good.packed.size(), std::byte{0xff});
  CHECK_THROWS_AS(check_only(garbage), ingot::format_error);
}

TEST_CASE("a deflated empty member is checked too") {
  check_only(crafted::deflated({}));
  member full = crafted::deflated(text("x"));
  full.size = 0;
  full.crc = 0;
  CHECK_THROWS_AS(check_only(full), ingot::format_error);
}

TEST_CASE("a wrong CRC is refused, and 0 is none only where PyTorch writes it so") {
  check_only({});
  CHECK_THROWS_AS(check_only({.crc = 1u}), ingot::format_error);
  check_only({.flags = 0x0808, .crc = 0u});
  CHECK_THROWS_AS(check_only({.flags = 0x0808, .crc = 1u}), ingot::format_error);
  CHECK_THROWS_AS(check_only({.flags = 0x0800, .crc = 0u}), ingot::format_error);
  member deflated = crafted::deflated(text("data"));
  deflated.flags = 0x0008;
  deflated.crc = 0;
  CHECK_THROWS_AS(check_only(deflated), ingot::format_error);
}

}  // namespace zip_member_test
