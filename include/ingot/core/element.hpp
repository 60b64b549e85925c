// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <complex>
#include <concepts>
#include <cstdint>
#include <type_traits>

#include <ingot/core/dtype.hpp>

namespace ingot {

/// The upper half of a float32: 8 exponent bits, 7 of the fraction.
struct bfloat16 {
  std::uint16_t bits = 0;

  bfloat16() = default;
  /// Rounds to nearest, ties to even; a NaN stays a (quiet) NaN.
  explicit constexpr bfloat16(float number) {
    const auto raw = std::bit_cast<std::uint32_t>(number);
    const bool nan = (raw & 0x7fffffffu) > 0x7f800000u;
    bits = nan ? static_cast<std::uint16_t>((raw >> 16) | 0x40u)
               : static_cast<std::uint16_t>((raw + 0x7fffu + ((raw >> 16) & 1u)) >> 16);
  }
  explicit constexpr operator float() const {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
  }
  friend bool operator==(const bfloat16&, const bfloat16&) = default;
};

/// One element of a dtype that C++ has no arithmetic for, as its bits: float16, the float8 types,
/// packed and quantized elements. `raw<dtype::float8_e5m2>`.
template <dtype Type>
struct raw {
  using bits_type = std::conditional_t<
      info(Type).size == 1, std::uint8_t,
      std::conditional_t<
          info(Type).size == 2, std::uint16_t,
          std::conditional_t<info(Type).size == 3, std::array<std::uint8_t, 3>, std::uint32_t>>>;
  bits_type bits{};
  friend bool operator==(const raw&, const raw&) = default;
};

/// The dtype that a C++ type's elements have in a file. A specialisation makes a type an element:
/// `template <> struct ingot::element_traits<half> { static constexpr dtype type = ...; };`
template <class T>
struct element_traits;

/// A type whose objects are elements of a tensor.
template <class T>
concept element = requires {
  { element_traits<T>::type } -> std::convertible_to<dtype>;
} && std::is_trivially_copyable_v<T> && sizeof(T) == size_of(element_traits<T>::type);

namespace detail {
template <dtype Type>
struct element_of_type {
  static constexpr dtype type = Type;
};

// int64_t is one of long and long long; the other has the same size and is the same element.
template <class T>
consteval dtype integer_type() {
  constexpr bool is_signed = std::is_signed_v<T>;
  switch (sizeof(T)) {
    case 1:
      return is_signed ? dtype::int8 : dtype::uint8;
    case 2:
      return is_signed ? dtype::int16 : dtype::uint16;
    case 4:
      return is_signed ? dtype::int32 : dtype::uint32;
    default:
      return is_signed ? dtype::int64 : dtype::uint64;
  }
}
template <class T>
concept integer_element =
    std::integral<T> && sizeof(T) <= 8 && !std::same_as<T, bool> && !std::same_as<T, char> &&
    !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> && !std::same_as<T, char16_t> &&
    !std::same_as<T, char32_t> && !std::is_const_v<T>;
}  // namespace detail

template <detail::integer_element T>
struct element_traits<T> : detail::element_of_type<detail::integer_type<T>()> {};
template <>
struct element_traits<float> : detail::element_of_type<dtype::float32> {};
template <>
struct element_traits<double> : detail::element_of_type<dtype::float64> {};
template <>
struct element_traits<bool> : detail::element_of_type<dtype::boolean> {};
template <>
struct element_traits<bfloat16> : detail::element_of_type<dtype::bfloat16> {};
template <>
struct element_traits<std::complex<float>> : detail::element_of_type<dtype::complex64> {};
template <>
struct element_traits<std::complex<double>> : detail::element_of_type<dtype::complex128> {};
template <dtype Type>
struct element_traits<raw<Type>> : detail::element_of_type<Type> {};
// __extension__ keeps -Wpedantic quiet in the including program.
#if defined(__FLT16_MAX__) && !defined(__CUDACC__)
namespace detail {
__extension__ typedef _Float16 float16_extension;
}
template <>
struct element_traits<detail::float16_extension> : detail::element_of_type<dtype::float16> {};
#endif

}  // namespace ingot
