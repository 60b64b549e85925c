// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

#include <ingot/core/dtype.hpp>
#include <ingot/core/element.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/separate.hpp>
#include <ingot/state/cast.hpp>
#include <ingot/state/detail/small_float.hpp>

namespace ingot {

namespace detail {

/// What C++ computes with for the elements of a dtype: the kinds of number below.
using wide_complex = std::complex<double>;

/// Truncates, as PyTorch does. Outside of int64 (and for NaN) PyTorch gives what the processor
/// gives; here it is always what x86-64 gives, the lowest int64.
template <std::floating_point Number>
constexpr std::int64_t to_int64(Number number) {
  constexpr auto limit = static_cast<Number>(std::uint64_t{1} << 63);
  return number >= -limit && number < limit ? static_cast<std::int64_t>(number)
                                            : std::numeric_limits<std::int64_t>::min();
}

template <std::integral Integer, class Number>
constexpr Integer to_integer(Number number) {
  if constexpr (std::integral<Number>) {
    return static_cast<Integer>(number);
  } else if constexpr (std::same_as<Integer, std::uint64_t>) {
    constexpr auto half = static_cast<Number>(std::uint64_t{1} << 63);
    if (number >= half && number < 2 * half) {
      return static_cast<std::uint64_t>(to_int64(number - half)) + (std::uint64_t{1} << 63);
    }
    return static_cast<std::uint64_t>(to_int64(number));
  } else {
    return static_cast<Integer>(to_int64(number));
  }
}

/// One element of a dtype: how it is read as a number and made from one. `number` is what keeps all
/// of it: float, double, int64, uint64 or complex<double>.
template <dtype Type>
struct element_codec;

template <class Stored>
struct integer_codec {
  using stored = Stored;
  using number =
      std::conditional_t<std::same_as<Stored, std::uint64_t>, std::uint64_t, std::int64_t>;
  static number read(Stored bits) { return static_cast<number>(bits); }
  static Stored write(auto from) { return to_integer<Stored>(from); }
};

template <class Stored>
struct floating_codec {
  using stored = Stored;
  using number = Stored;
  static number read(Stored from) { return from; }
  static Stored write(auto from) { return static_cast<Stored>(from); }
};

template <small_float_format Format, class Bits>
struct small_float_codec {
  using stored = Bits;
  using number = float;
  static float read(Bits bits) { return from_small_float<Format>(bits); }
  // Through float32, as PyTorch: a double is rounded twice.
  static Bits write(auto from) {
    return static_cast<Bits>(to_small_float<Format>(static_cast<float>(from)));
  }
};

template <>
struct element_codec<dtype::float64> : floating_codec<double> {};
template <>
struct element_codec<dtype::float32> : floating_codec<float> {};
template <>
struct element_codec<dtype::float16> : small_float_codec<float16_format, std::uint16_t> {};
template <>
struct element_codec<dtype::float8_e4m3fn> : small_float_codec<float8_e4m3fn_format, std::uint8_t> {
};
template <>
struct element_codec<dtype::float8_e5m2> : small_float_codec<float8_e5m2_format, std::uint8_t> {};
template <>
struct element_codec<dtype::float8_e4m3fnuz>
    : small_float_codec<float8_e4m3fnuz_format, std::uint8_t> {};
template <>
struct element_codec<dtype::float8_e5m2fnuz>
    : small_float_codec<float8_e5m2fnuz_format, std::uint8_t> {};
template <>
struct element_codec<dtype::float8_e8m0fnu> {
  using stored = std::uint8_t;
  using number = float;
  static float read(stored bits) { return from_e8m0(bits); }
  static stored write(auto from) { return to_e8m0(static_cast<float>(from)); }
};
template <>
struct element_codec<dtype::bfloat16> {
  using stored = bfloat16;
  using number = float;
  static float read(stored from) { return static_cast<float>(from); }
  static stored write(auto from) { return bfloat16(static_cast<float>(from)); }
};
template <>
struct element_codec<dtype::int64> : integer_codec<std::int64_t> {};
template <>
struct element_codec<dtype::int32> : integer_codec<std::int32_t> {};
template <>
struct element_codec<dtype::int16> : integer_codec<std::int16_t> {};
template <>
struct element_codec<dtype::int8> : integer_codec<std::int8_t> {};
template <>
struct element_codec<dtype::uint64> : integer_codec<std::uint64_t> {};
template <>
struct element_codec<dtype::uint32> : integer_codec<std::uint32_t> {};
template <>
struct element_codec<dtype::uint16> : integer_codec<std::uint16_t> {};
template <>
struct element_codec<dtype::uint8> : integer_codec<std::uint8_t> {};
template <>
struct element_codec<dtype::boolean> {
  using stored = std::uint8_t;  // a byte of a file may hold more than a bool can
  using number = std::int64_t;
  static number read(stored from) { return from != 0 ? 1 : 0; }
  static stored write(auto from) { return from != decltype(from)(0) ? 1 : 0; }
};

template <class Part, dtype PartType>
struct complex_codec {
  using part = element_codec<PartType>;
  using stored = std::array<Part, 2>;
  using number = wide_complex;
  static number read(stored from) { return {part::read(from[0]), part::read(from[1])}; }
  static stored write(auto from) {
    if constexpr (std::same_as<decltype(from), wide_complex>) {
      return {part::write(from.real()), part::write(from.imag())};
    } else {
      return {part::write(from), part::write(0.0f)};
    }
  }
};
template <>
struct element_codec<dtype::complex32> : complex_codec<std::uint16_t, dtype::float16> {};
template <>
struct element_codec<dtype::complex64> : complex_codec<float, dtype::float32> {};
template <>
struct element_codec<dtype::complex128> : complex_codec<double, dtype::float64> {};

/// Calls visit.operator()<Type>() for a dtype that has numbers for elements; false for the others
/// (packed bits, float4, quantized).
template <class Visit>
bool with_number_type(dtype type, Visit visit) {
  const auto one_of = [&]<dtype... Types>(std::integer_sequence<dtype, Types...>) {
    return ((type == Types && (visit.template operator()<Types>(), true)) || ...);
  };
  return one_of(
      std::integer_sequence<dtype, dtype::float64, dtype::float32, dtype::float16, dtype::bfloat16,
                            dtype::int64, dtype::int32, dtype::int16, dtype::int8, dtype::uint8,
                            dtype::boolean, dtype::complex64, dtype::complex128, dtype::uint16,
                            dtype::uint32, dtype::uint64, dtype::complex32, dtype::float8_e4m3fn,
                            dtype::float8_e5m2, dtype::float8_e4m3fnuz, dtype::float8_e5m2fnuz,
                            dtype::float8_e8m0fnu>{});
}

template <dtype To, class Number>
void write_numbers(const Number* from, std::byte* to, std::size_t count) {
  using codec = element_codec<To>;
  if constexpr (!std::same_as<Number, wide_complex> || is_complex(To)) {
    for (std::size_t i = 0; i < count; ++i) {
      const typename codec::stored bits = codec::write(from[i]);
      std::memcpy(to + i * sizeof bits, &bits, sizeof bits);
    }
  }
}

template <class Number>
void write_numbers_as(dtype type, const Number* from, std::byte* to, std::size_t count) {
  with_number_type(type, [&]<dtype To>() { write_numbers<To>(from, to, count); });
}

// Two steps through a block in the cache: the number of loops is the sum of the dtypes and not the
// square.
template <dtype From>
void cast_from(const std::byte* from, std::byte* to, dtype type, std::size_t count) {
  using codec = element_codec<From>;
  constexpr std::size_t block = 256;
  std::array<typename codec::number, block> numbers;
  while (count != 0) {
    const std::size_t part = std::min(count, block);
    for (std::size_t i = 0; i < part; ++i) {
      typename codec::stored bits;
      std::memcpy(&bits, from + i * sizeof bits, sizeof bits);
      numbers[i] = codec::read(bits);
    }
    write_numbers_as(type, numbers.data(), to, part);
    from += part * size_of(From);
    to += part * size_of(type);
    count -= part;
  }
}

}  // namespace detail

INGOT_INLINE void cast_elements(const std::byte* from, dtype from_type, std::byte* to,
                                dtype to_type, std::size_t count) {
  if (!can_cast(from_type, to_type)) {
    throw value_error({.where = "cast",
                       .expected = "a dtype that converts to " + std::string(name(to_type)),
                       .found = std::string(name(from_type))});
  }
  detail::with_number_type(
      from_type, [&]<dtype From>() { detail::cast_from<From>(from, to, to_type, count); });
}

}  // namespace ingot
