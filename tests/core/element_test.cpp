// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include <ingot/core/element.hpp>

namespace element_test {
namespace {

float float_of(std::uint32_t bits) { return std::bit_cast<float>(bits); }
float widen(std::uint32_t upper_half) { return float_of(upper_half << 16); }

template <class T>
constexpr ingot::dtype type_of = ingot::element_traits<T>::type;

}  // namespace

TEST_CASE("every bfloat16 survives the way through float") {
  std::uint32_t wrong = 0;
  for (std::uint32_t bits = 0; bits <= 0xffff; ++bits) {
    const float wide = widen(bits);
    const std::uint16_t back = ingot::bfloat16(wide).bits;
    // The quiet bit may be set on the way: a signalling NaN comes back quiet.
    wrong += std::isnan(wide) ? back != (bits | 0x40u) : back != bits;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a float between two bfloat16 rounds to the nearer, a tie to the even one") {
  std::uint32_t wrong = 0;
  for (std::uint32_t bits = 0; bits <= 0xffff; ++bits) {
    if ((bits & 0x7f80u) == 0x7f80u) continue;  // infinity and NaN have no neighbour above
    const std::uint32_t even = bits + (bits & 1u);
    const std::uint32_t base = bits << 16;
    wrong += ingot::bfloat16(float_of(base + 0x0001)).bits != bits;
    wrong += ingot::bfloat16(float_of(base + 0x7fff)).bits != bits;
    wrong += ingot::bfloat16(float_of(base + 0x8000)).bits != even;
    wrong += ingot::bfloat16(float_of(base + 0x8001)).bits != bits + 1;
    wrong += ingot::bfloat16(float_of(base + 0xffff)).bits != bits + 1;
  }
  CHECK(wrong == 0);
}

TEST_CASE("bfloat16 overflows to infinity, and a NaN whose payload is cut off stays a NaN") {
  CHECK(ingot::bfloat16(std::numeric_limits<float>::max()).bits == 0x7f80);
  CHECK(ingot::bfloat16(-std::numeric_limits<float>::max()).bits == 0xff80);
  CHECK(std::isnan(static_cast<float>(ingot::bfloat16(float_of(0x7f800001)))));
  CHECK(ingot::bfloat16(float_of(0xffffffff)).bits == 0xffff);
}

TEST_CASE("C++ types are the elements that their size and sign say") {
  using enum ingot::dtype;
  CHECK(type_of<float> == float32);
  CHECK(type_of<double> == float64);
  CHECK(type_of<bool> == boolean);
  CHECK(type_of<std::int8_t> == int8);
  CHECK(type_of<std::uint8_t> == uint8);
  CHECK(type_of<std::int16_t> == int16);
  CHECK(type_of<std::uint16_t> == uint16);
  CHECK(type_of<std::int32_t> == int32);
  CHECK(type_of<std::uint32_t> == uint32);
  CHECK(type_of<long> == (sizeof(long) == 8 ? int64 : int32));
  CHECK(type_of<long long> == int64);
  CHECK(type_of<unsigned long long> == uint64);
  CHECK(type_of<std::complex<float>> == complex64);
  CHECK(type_of<std::complex<double>> == complex128);
  CHECK(type_of<ingot::bfloat16> == ingot::dtype::bfloat16);
}

TEST_CASE("every dtype without arithmetic in C++ has an element of its bits") {
  using enum ingot::dtype;
  CHECK(sizeof(ingot::raw<float16>) == 2);
  CHECK(sizeof(ingot::raw<float8_e4m3fn>) == 1);
  CHECK(sizeof(ingot::raw<complex32>) == 4);
  CHECK(sizeof(ingot::raw<qint32>) == 4);
  CHECK(ingot::element<ingot::raw<quint2x4>>);
  CHECK(ingot::element<ingot::raw<bits16>>);
  // No bits_type is that wide: a raw element of 8 bytes would be read as 4.
  CHECK_FALSE(ingot::element<ingot::raw<float64>>);
}

TEST_CASE("characters, byte, long double and objects are no elements") {
  CHECK_FALSE(ingot::element<char>);
  CHECK_FALSE(ingot::element<wchar_t>);
  CHECK_FALSE(ingot::element<char8_t>);
  CHECK_FALSE(ingot::element<std::byte>);
  CHECK_FALSE(ingot::element<long double>);
  CHECK_FALSE(ingot::element<const int>);
  CHECK_FALSE(ingot::element<float*>);
  CHECK_FALSE(ingot::element<std::string>);
}

}  // namespace element_test
