// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <ingot/io/endian.hpp>

namespace ingot::detail {

inline constexpr std::uint32_t crc32_polynomial = 0xedb88320;  // bit 31 is the coefficient of x^0

/// The state after one more zero bit.
constexpr std::uint32_t crc32_shift(std::uint32_t state) noexcept {
  return (state >> 1) ^ ((state & 1u) != 0 ? crc32_polynomial : 0u);
}

/// Row k, entry b: what a byte b does to the state k bytes later.
using crc32_rows = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr crc32_rows make_crc32_rows() noexcept {
  crc32_rows rows{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t state = byte;
    for (int bit = 0; bit < 8; ++bit) state = crc32_shift(state);
    rows[0][byte] = state;
  }
  for (std::size_t row = 1; row < rows.size(); ++row) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = rows[row - 1][byte];
      rows[row][byte] = (before >> 8) ^ rows[0][before & 0xffu];
    }
  }
  return rows;
}

inline constexpr crc32_rows crc32_table = make_crc32_rows();

/// The state after `bytes`, eight bytes a step.
inline std::uint32_t crc32_portable(std::uint32_t state,
                                    std::span<const std::byte> bytes) noexcept {
  const auto& rows = crc32_table;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    const std::uint64_t word = load_little<std::uint64_t>(at) ^ state;
    state = rows[7][word & 0xff] ^ rows[6][word >> 8 & 0xff] ^ rows[5][word >> 16 & 0xff] ^
            rows[4][word >> 24 & 0xff] ^ rows[3][word >> 32 & 0xff] ^ rows[2][word >> 40 & 0xff] ^
            rows[1][word >> 48 & 0xff] ^ rows[0][word >> 56];
  }
  for (; left > 0; --left, ++at) {
    state = (state >> 8) ^ rows[0][(state ^ static_cast<std::uint32_t>(*at)) & 0xffu];
  }
  return state;
}

}  // namespace ingot::detail
