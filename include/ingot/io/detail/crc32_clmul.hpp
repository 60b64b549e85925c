// SPDX-License-Identifier: Apache-2.0
#pragma once

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define INGOT_DETAIL_CRC32_CLMUL 1

#include <wmmintrin.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <ingot/io/detail/crc32_portable.hpp>

namespace ingot::detail {

/// x^power modulo the polynomial, bit 31 being the coefficient of x^0.
consteval std::uint32_t crc32_power(int power) noexcept {
  std::uint32_t remainder = 0x80000000;
  for (; power > 0; --power) remainder = crc32_shift(remainder);
  return remainder;
}

// A register of 128 bits holds low * x^64 + high. Moved on by `distance` bits that is
// low * x^(distance + 64) + high * x^distance, and modulo the polynomial each power fits in 32
// bits. A carry-less product of reflected operands, the second one in the low half of 64 bits,
// comes out multiplied by x^33, hence the exponents.
consteval long long crc32_low_factor(int distance) noexcept { return crc32_power(distance + 31); }
consteval long long crc32_high_factor(int distance) noexcept { return crc32_power(distance - 33); }

/// `block` moved on by the factors' distance, plus what stands there.
__attribute__((target("pclmul"))) inline __m128i crc32_fold(__m128i block, __m128i factors,
                                                            __m128i there) noexcept {
  const __m128i low = _mm_clmulepi64_si128(block, factors, 0x00);
  const __m128i high = _mm_clmulepi64_si128(block, factors, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), there);
}

/// The state after `bytes`, 64 bytes a step in four registers.
__attribute__((target("pclmul"))) inline std::uint32_t crc32_pclmul(
    std::uint32_t state, std::span<const std::byte> bytes) noexcept {
  if (bytes.size() < 64) return crc32_portable(state, bytes);
  const __m128i by_64 = _mm_set_epi64x(crc32_high_factor(512), crc32_low_factor(512));
  const __m128i by_16 = _mm_set_epi64x(crc32_high_factor(128), crc32_low_factor(128));
  const auto load = [&bytes](std::size_t index) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data()) + index);
  };
  __m128i lanes[4] = {load(0), load(1), load(2), load(3)};
  lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi32_si128(static_cast<int>(state)));
  bytes = bytes.subspan(64);
  for (; bytes.size() >= 64; bytes = bytes.subspan(64)) {
    for (std::size_t i = 0; i < 4; ++i) lanes[i] = crc32_fold(lanes[i], by_64, load(i));
  }
  __m128i all = lanes[0];
  for (std::size_t i = 1; i < 4; ++i) all = crc32_fold(all, by_16, lanes[i]);
  for (; bytes.size() >= 16; bytes = bytes.subspan(16)) all = crc32_fold(all, by_16, load(0));

  // What was folded has the same remainder as these 16 bytes: the table finishes it.
  std::array<std::byte, 16> folded;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(folded.data()), all);
  return crc32_portable(crc32_portable(0, folded), bytes);
}

// Four 128-bit registers in one. Vector extensions and one line of assembly say what is needed
// here; the header of the AVX-512 intrinsics would add a third of a second to every program that
// includes this one.
using crc32_wide = long long __attribute__((vector_size(64)));

__attribute__((target("avx512f"))) inline void crc32_load(crc32_wide& into,
                                                          const std::byte* from) noexcept {
  std::memcpy(&into, from, sizeof into);
}

/// The same as crc32_fold, on each of the four.
__attribute__((target("avx512f"))) inline void crc32_fold_wide(crc32_wide& block,
                                                               const crc32_wide& factors,
                                                               const std::byte* there) noexcept {
  crc32_wide low;
  crc32_wide high;
  crc32_wide next;
  __asm__("vpclmulqdq $0x00, %1, %2, %0" : "=v"(low) : "v"(factors), "v"(block));
  __asm__("vpclmulqdq $0x11, %1, %2, %0" : "=v"(high) : "v"(factors), "v"(block));
  crc32_load(next, there);
  block = low ^ high ^ next;
}

/// The state after `bytes`, 256 bytes a step in four registers of 512 bits.
__attribute__((target("pclmul,avx512f"))) inline std::uint32_t crc32_vpclmul(
    std::uint32_t state, std::span<const std::byte> bytes) noexcept {
  if (bytes.size() < 512) return crc32_pclmul(state, bytes);
  constexpr long long low = crc32_low_factor(2048);
  constexpr long long high = crc32_high_factor(2048);
  const crc32_wide by_256 = {low, high, low, high, low, high, low, high};
  crc32_wide lanes[4];
  for (std::size_t i = 0; i < 4; ++i) crc32_load(lanes[i], bytes.data() + 64 * i);
  const crc32_wide before = {static_cast<long long>(state), 0, 0, 0, 0, 0, 0, 0};
  lanes[0] ^= before;
  bytes = bytes.subspan(256);
  for (; bytes.size() >= 256; bytes = bytes.subspan(256)) {
    for (std::size_t i = 0; i < 4; ++i) {
      crc32_fold_wide(lanes[i], by_256, bytes.data() + 64 * i);
    }
  }
  std::array<std::byte, 256> folded;
  std::memcpy(folded.data(), lanes, folded.size());
  return crc32_pclmul(crc32_pclmul(0, folded), bytes);
}

using crc32_function = std::uint32_t(std::uint32_t, std::span<const std::byte>) noexcept;

/// The fastest one that this processor runs.
inline crc32_function* best_crc32() noexcept {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("vpclmulqdq") &&
      __builtin_cpu_supports("pclmul")) {
    return crc32_vpclmul;
  }
  return __builtin_cpu_supports("pclmul") ? crc32_pclmul : crc32_portable;
}

}  // namespace ingot::detail

#endif
