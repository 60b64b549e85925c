// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include <ingot/io/crc32.hpp>
#include <ingot/io/endian.hpp>

namespace crc32_test {
namespace {

std::vector<std::byte> random_bytes(std::size_t size) {
  std::mt19937 random(7);
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

std::uint32_t judge(std::uint32_t previous, std::span<const std::byte> bytes) {
  return static_cast<std::uint32_t>(::crc32(previous, reinterpret_cast<const Bytef*>(bytes.data()),
                                            static_cast<uInt>(bytes.size())));
}

using crc32_path = std::uint32_t(std::uint32_t, std::span<const std::byte>) noexcept;

// Every path that this machine can run.
std::vector<crc32_path*> paths() {
  std::vector<crc32_path*> all{ingot::crc32, ingot::detail::crc32_portable};
#if defined(INGOT_DETAIL_CRC32_CLMUL)
  if (__builtin_cpu_supports("pclmul")) all.push_back(ingot::detail::crc32_pclmul);
  if (ingot::detail::best_crc32() == ingot::detail::crc32_vpclmul) {
    all.push_back(ingot::detail::crc32_vpclmul);
  }
#endif
  return all;
}

std::uint32_t run(crc32_path* path, std::uint32_t previous, std::span<const std::byte> bytes) {
  return path == ingot::crc32 ? path(previous, bytes) : ~path(~previous, bytes);
}

}  // namespace

TEST_CASE("every path of crc32 equals zlib's at every length up to 1024 and every alignment") {
  const std::vector<std::byte> bytes = random_bytes(1024 + 64);
  for (crc32_path* path : paths()) {
    bool right = true;
    for (std::size_t size = 0; size <= 1024; ++size) {
      for (std::size_t offset = 0; offset < 64; offset += 1 + size % 5) {
        const auto piece = std::span(bytes).subspan(offset, size);
        const auto previous = static_cast<std::uint32_t>(size * 0x9e3779b9u);
        right =
            right && run(path, previous, piece) == (size == 0 ? previous : judge(previous, piece));
      }
    }
    CHECK(right);
  }
}

TEST_CASE("every path of crc32 equals zlib's on large blocks, whole and in pieces") {
  const std::vector<std::byte> bytes = random_bytes(3'000'001);
  const std::uint32_t expected = judge(0, bytes);
  std::mt19937 random(11);
  for (crc32_path* path : paths()) {
    CHECK(run(path, 0, bytes) == expected);
    std::uint32_t crc = 0;
    for (std::span<const std::byte> rest(bytes); !rest.empty();) {
      const std::size_t size = std::min<std::size_t>(rest.size(), random() % 5000);
      crc = run(path, crc, rest.first(size));
      rest = rest.subspan(size);
    }
    CHECK(crc == expected);
  }
}

TEST_CASE("little- and big-endian numbers are read and written as such on any host") {
  const std::byte bytes[] = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4},
                             std::byte{5}, std::byte{6}, std::byte{7}, std::byte{0x88}};
  CHECK(ingot::load_little<std::uint16_t>(bytes) == 0x0201);
  CHECK(ingot::load_little<std::uint32_t>(bytes) == 0x04030201);
  CHECK(ingot::load_little<std::uint64_t>(bytes) == 0x8807060504030201);
  CHECK(ingot::load_big<std::uint16_t>(bytes) == 0x0102);
  CHECK(ingot::load_big<std::uint64_t>(bytes) == 0x0102030405060788);
  std::byte back[8];
  ingot::store_big(back, ingot::load_little<double>(bytes));
  CHECK(ingot::load_big<double>(back) == ingot::load_little<double>(bytes));
  CHECK(back[0] == std::byte{0x88});
  std::vector<std::byte> appended;
  ingot::append_little(appended, std::uint32_t{0x04030201});
  CHECK(appended == std::vector<std::byte>(bytes, bytes + 4));
}

}  // namespace crc32_test
