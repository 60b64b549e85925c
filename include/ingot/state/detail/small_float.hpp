// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

namespace ingot::detail {

/// How a floating-point format of 8 or 16 bits spends them.
struct small_float_format {
  int exponent_bits;
  int fraction_bits;
  int bias;
  std::uint16_t overflow;  ///< what a number too large becomes
  std::uint16_t nan;
  bool ieee;           ///< all exponent bits set: infinities and NaNs
  bool negative_zero;  ///< false: the bits of -0 are the NaN
};

// Sources: IEEE 754; arXiv 2209.05433 (fn) and 2206.02915 (fnuz); torch/headeronly/util/Float8_*.h.
inline constexpr small_float_format float16_format{5, 10, 15, 0x7c00, 0x7e00, true, true};
inline constexpr small_float_format float8_e4m3fn_format{4, 3, 7, 0x7e, 0x7f, false, true};
inline constexpr small_float_format float8_e5m2_format{5, 2, 15, 0x7c, 0x7f, true, true};
inline constexpr small_float_format float8_e4m3fnuz_format{4, 3, 8, 0x80, 0x80, false, false};
inline constexpr small_float_format float8_e5m2fnuz_format{5, 2, 16, 0x80, 0x80, false, false};

/// 2 to a power that a normal float32 holds.
constexpr float power_of_two(int exponent) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(exponent + 127) << 23);
}

/// Rounds to nearest, ties to even; what is too large becomes Format.overflow.
template <small_float_format Format>
constexpr std::uint16_t to_small_float(float number) {
  constexpr int dropped = 23 - Format.fraction_bits;
  constexpr std::uint32_t magnitude_bits = Format.exponent_bits + Format.fraction_bits;
  // The first pattern that isn't a finite number.
  constexpr std::uint32_t past_end = Format.ieee            ? Format.overflow
                                     : Format.negative_zero ? Format.nan
                                                            : 1u << magnitude_bits;
  constexpr float smallest_normal = power_of_two(1 - Format.bias);

  const auto bits = std::bit_cast<std::uint32_t>(number);
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  const std::uint32_t sign = (bits >> 31) << magnitude_bits;
  if (magnitude > 0x7f800000u) return static_cast<std::uint16_t>(Format.nan | sign);

  std::uint32_t result = 0;
  if (magnitude < std::bit_cast<std::uint32_t>(smallest_normal)) {
    // Added to this number, a subnormal's last bit is the sum's last bit: the addition rounds.
    constexpr float shifter = power_of_two(1 - Format.bias + dropped);
    result = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + shifter) -
             std::bit_cast<std::uint32_t>(shifter);
  } else {
    const std::uint32_t rebiased =
        magnitude - (static_cast<std::uint32_t>(127 - Format.bias) << 23);
    const std::uint32_t odd = (rebiased >> dropped) & 1u;
    result = (rebiased + (std::uint32_t{1} << (dropped - 1)) - 1u + odd) >> dropped;
    if (result >= past_end) return static_cast<std::uint16_t>(Format.overflow | sign);
  }
  if (!Format.negative_zero && result == 0) return 0;
  return static_cast<std::uint16_t>(result | sign);
}

template <small_float_format Format>
constexpr float from_small_float(std::uint16_t bits) {
  constexpr std::uint32_t fraction_mask = (1u << Format.fraction_bits) - 1u;
  constexpr std::uint32_t exponent_mask = (1u << Format.exponent_bits) - 1u;
  constexpr std::uint32_t magnitude_mask = (exponent_mask << Format.fraction_bits) | fraction_mask;
  const std::uint32_t fraction = bits & fraction_mask;
  const std::uint32_t exponent = (bits >> Format.fraction_bits) & exponent_mask;
  const std::uint32_t sign = (bits & ~magnitude_mask) != 0 ? 0x80000000u : 0u;

  std::uint32_t result = 0;
  if (Format.ieee
          ? exponent == exponent_mask
          : (Format.negative_zero ? (bits & magnitude_mask) == Format.nan : bits == Format.nan)) {
    result = 0x7f800000u | (Format.ieee ? fraction << (23 - Format.fraction_bits) : 0x400000u);
  } else if (exponent == 0) {
    result = std::bit_cast<std::uint32_t>(static_cast<float>(fraction) *
                                          power_of_two(1 - Format.bias - Format.fraction_bits));
  } else {
    result = ((exponent + 127u - static_cast<std::uint32_t>(Format.bias)) << 23) |
             (fraction << (23 - Format.fraction_bits));
  }
  return std::bit_cast<float>(result | sign);
}

/// float8_e8m0fnu holds the exponent of a float32 alone: a positive power of two, or NaN.
constexpr std::uint8_t to_e8m0(float number) {
  const std::uint32_t magnitude = std::bit_cast<std::uint32_t>(number) & 0x7fffffffu;
  const std::uint32_t exponent = magnitude >> 23;
  if (exponent == 0xffu) return 0xff;
  const std::uint32_t fraction = magnitude & 0x7fffffu;
  // A tie goes up, as in PyTorch, except below the smallest normal float32.
  const bool up = fraction > 0x400000u || (fraction == 0x400000u && exponent != 0);
  return static_cast<std::uint8_t>(exponent + (up ? 1u : 0u));
}

constexpr float from_e8m0(std::uint8_t bits) {
  if (bits == 0xff) return std::bit_cast<float>(0x7fc00000u);
  if (bits == 0) return std::bit_cast<float>(0x00400000u);
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 23);
}

}  // namespace ingot::detail
