// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include <ingot/core/element.hpp>
#include <ingot/state/cast.hpp>

namespace cast_test {
namespace {

using ingot::dtype;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

template <class To, class From>
To cast(From number, dtype from = ingot::element_traits<From>::type,
        dtype to = ingot::element_traits<To>::type) {
  To result{};
  ingot::cast_elements(reinterpret_cast<const std::byte*>(&number), from,
                       reinterpret_cast<std::byte*>(&result), to, 1);
  return result;
}

// What torch.tensor(numbers, dtype=torch.float64).to(dtype) has for bits, from PyTorch 2.13.
const std::vector<double> numbers{
    0.0,    -0.0,     1.0,       -1.0,         2.5,     -1.75, 0.1,       100.3,     127.0,
    0.3e-4, 248.0,    464.5,     1e5,          -7e4,    3e-6,  0x1p-10,   0x1.8p-10, 65519,
    65520,  infinity, -infinity, not_a_number, 1.0 / 3, 1e-40, 0x1.8p-126};
struct recorded {
  dtype type;
  std::vector<std::uint32_t> bits;
};
const std::vector<recorded> table{
    {dtype::float32,
     {0x0,        0x80000000, 0x3f800000, 0xbf800000, 0x40200000, 0xbfe00000, 0x3dcccccd,
      0x42c8999a, 0x42fe0000, 0x37fba882, 0x43780000, 0x43e84000, 0x47c35000, 0xc788b800,
      0x3649539c, 0x3a800000, 0x3ac00000, 0x477fef00, 0x477ff000, 0x7f800000, 0xff800000,
      0x7fc00000, 0x3eaaaaab, 0x116c2,    0xc00000}},
    {dtype::float16, {0x0,    0x8000, 0x3c00, 0xbc00, 0x4100, 0xbf00, 0x2e66, 0x5645, 0x57f0,
                      0x1f7,  0x5bc0, 0x5f42, 0x7c00, 0xfc00, 0x32,   0x1400, 0x1600, 0x7bff,
                      0x7c00, 0x7c00, 0xfc00, 0x7e00, 0x3555, 0x0,    0x0}},
    {dtype::bfloat16, {0x0,    0x8000, 0x3f80, 0xbf80, 0x4020, 0xbfe0, 0x3dcd, 0x42c9, 0x42fe,
                       0x37fc, 0x4378, 0x43e8, 0x47c3, 0xc789, 0x3649, 0x3a80, 0x3ac0, 0x4780,
                       0x4780, 0x7f80, 0xff80, 0x7fc0, 0x3eab, 0x1,    0xc0}},
    {dtype::float8_e4m3fn,
     {0x0,  0x80, 0x38, 0xb8, 0x42, 0xbe, 0x1d, 0x6d, 0x70, 0x0,  0x78, 0x7e, 0x7e,
      0xfe, 0x0,  0x0,  0x1,  0x7e, 0x7e, 0x7e, 0xfe, 0x7f, 0x2b, 0x0,  0x0}},
    {dtype::float8_e5m2,
     {0x0,  0x80, 0x3c, 0xbc, 0x41, 0xbf, 0x2e, 0x56, 0x58, 0x2,  0x5c, 0x5f, 0x7c,
      0xfc, 0x0,  0x14, 0x16, 0x7c, 0x7c, 0x7c, 0xfc, 0x7f, 0x35, 0x0,  0x0}},
    {dtype::float8_e4m3fnuz,
     {0x0,  0x0, 0x40, 0xc0, 0x4a, 0xc6, 0x25, 0x75, 0x78, 0x0,  0x80, 0x80, 0x80,
      0x80, 0x0, 0x1,  0x2,  0x80, 0x80, 0x80, 0x80, 0x80, 0x33, 0x0,  0x0}},
    {dtype::float8_e5m2fnuz,
     {0x0,  0x0, 0x40, 0xc0, 0x45, 0xc3, 0x32, 0x5a, 0x5c, 0x4,  0x60, 0x63, 0x80,
      0x80, 0x0, 0x18, 0x1a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x39, 0x0,  0x0}},
    {dtype::float8_e8m0fnu,
     {0x0,  0x0,  0x7f, 0x7f, 0x80, 0x80, 0x7c, 0x86, 0x86, 0x70, 0x87, 0x88, 0x90,
      0x8f, 0x6d, 0x75, 0x76, 0x8f, 0x8f, 0xff, 0xff, 0xff, 0x7d, 0x0,  0x2}},
};

}  // namespace

TEST_CASE("floating point rounds as PyTorch does") {
  for (const auto& [type, bits] : table) {
    REQUIRE(bits.size() == numbers.size());
    for (std::size_t i = 0; i < bits.size(); ++i) {
      CAPTURE(ingot::name(type));
      CAPTURE(numbers[i]);
      CHECK(cast<std::uint32_t>(numbers[i], dtype::float64, type) == bits[i]);
    }
  }
}

TEST_CASE("a small float that is widened and narrowed again is the same") {
  for (const auto& [type, unused] : table) {
    const std::uint32_t end = ingot::size_of(type) == 1 ? 0x100 : 0x10000;
    for (std::uint32_t bits = 0; bits < end; ++bits) {
      const auto wide = cast<double>(bits, type, dtype::float64);
      if (std::isnan(wide)) continue;
      if (cast<std::uint32_t>(wide, dtype::float64, type) == bits) continue;
      CAPTURE(ingot::name(type));
      FAIL_CHECK(bits);
    }
  }
}

TEST_CASE("integers truncate, wrap, and are true unless 0") {
  CHECK(cast<std::int32_t>(-1.9) == -1);
  CHECK(cast<std::uint8_t>(-1.0) == 255);
  CHECK(cast<std::int8_t>(std::int32_t{300}) == 44);
  CHECK(cast<std::uint64_t>(0x1.8p63) == std::uint64_t{3} << 62);
  CHECK(cast<std::int64_t>(not_a_number) == std::numeric_limits<std::int64_t>::min());
  CHECK(cast<std::int64_t>(1e300) == std::numeric_limits<std::int64_t>::min());
  CHECK(cast<bool>(0.25));
  CHECK(cast<bool>(not_a_number));
  CHECK(!cast<bool>(-0.0));
  CHECK(cast<float>(true) == 1);
  CHECK(cast<double>(std::numeric_limits<std::uint64_t>::max()) == 0x1p64);
  CHECK(cast<float>(std::int64_t{16'777'217}) == 16'777'216.0f);
}

TEST_CASE("complex numbers convert to complex ones, and real ones to complex") {
  using complex = std::complex<float>;
  CHECK(cast<complex>(std::complex<double>(0.1, -2)) == complex(0.1f, -2));
  CHECK(cast<complex>(2.5) == complex(2.5f, 0));
  CHECK(!ingot::can_cast(dtype::complex64, dtype::float32));
  CHECK_THROWS_AS(cast<float>(complex(1, 2)), ingot::value_error);
}

TEST_CASE("elements that are no numbers don't convert") {
  CHECK(!ingot::can_cast(dtype::qint8, dtype::float32));
  CHECK(!ingot::can_cast(dtype::float4_e2m1fn_x2, dtype::float32));
  CHECK(!ingot::can_cast(dtype::float32, dtype::bits8));
}

TEST_CASE("many elements at odd addresses convert like one") {
  constexpr std::size_t count = 1000;
  std::vector<std::byte> from(4 * count + 1);
  std::vector<std::byte> to(8 * count + 1);
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = static_cast<float>(i);
    std::memcpy(&from[1 + 4 * i], &number, 4);
  }
  ingot::cast_elements(&from[1], dtype::float32, &to[1], dtype::int64, count);
  for (std::size_t i = 0; i < count; ++i) {
    std::int64_t number = 0;
    std::memcpy(&number, &to[1 + 8 * i], 8);
    REQUIRE(number == static_cast<std::int64_t>(i));
  }
}

}  // namespace cast_test
