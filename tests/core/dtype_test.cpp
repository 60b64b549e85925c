// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <set>
#include <sstream>
#include <string_view>

#include <ingot/core/dtype.hpp>

namespace dtype_test {
namespace {

// What every non-empty entry of a column must be: found again, and nobody else's.
void check_column_is_unique(std::string_view ingot::dtype_info::* column) {
  std::set<std::string_view> seen;
  for (const auto& row : ingot::dtype_table) {
    if ((row.*column).empty()) continue;
    CAPTURE(row.*column);
    CHECK(seen.insert(row.*column).second);
    CHECK(ingot::find_dtype(row.*column, column) == row.type);
  }
}

}  // namespace

TEST_CASE("every dtype's row stands at the place of its enumerator") {
  for (std::size_t i = 0; i < ingot::dtype_table.size(); ++i) {
    CHECK(static_cast<std::size_t>(ingot::dtype_table[i].type) == i);
  }
  CHECK(ingot::dtype_table.back().type == ingot::dtype::quint2x4);
}

TEST_CASE("no format gives two dtypes the same name") {
  check_column_is_unique(&ingot::dtype_info::name);
  check_column_is_unique(&ingot::dtype_info::storage);
  check_column_is_unique(&ingot::dtype_info::safetensors);
  check_column_is_unique(&ingot::dtype_info::numpy);

  std::set<int> codes;
  for (const auto& row : ingot::dtype_table) {
    if (row.pt2 >= 0) CHECK(codes.insert(row.pt2).second);
  }
}

TEST_CASE("every dtype has a name, and a size that its swapped units divide") {
  for (const auto& row : ingot::dtype_table) {
    CAPTURE(row.name);
    CHECK_FALSE(row.name.empty());
    REQUIRE(row.swap > 0);
    CHECK(row.size % row.swap == 0);
    const bool pair = ingot::is_complex(row.type);
    if (row.per_unit != 4) CHECK(row.size / row.swap == (pair ? 2 : 1));
  }
}

TEST_CASE("a packed unit is whole bytes of whole elements: four of 6 bits, two of 4") {
  for (const auto& row : ingot::dtype_table) {
    CAPTURE(row.name);
    const bool packed = row.name.ends_with("fn_x2") || row.name.ends_with("fn_x4");
    CHECK((row.per_unit > 1) == packed);
    if (row.per_unit == 2) CHECK(row.size * 8 == 2 * 4);
    if (row.per_unit == 4) CHECK(row.size * 8 == 4 * 6);
    CHECK(row.in_torch == (row.per_unit != 4));
  }
}

TEST_CASE("a numpy name ends with the element's size") {
  for (const auto& row : ingot::dtype_table) {
    if (!row.numpy.empty()) CHECK(row.numpy.substr(1) == std::to_string(row.size));
  }
}

TEST_CASE("an empty or unknown name is no dtype") {
  CHECK_FALSE(ingot::find_dtype(""));
  CHECK_FALSE(ingot::find_dtype("", &ingot::dtype_info::numpy));
  CHECK_FALSE(ingot::find_dtype("float31"));
  CHECK_FALSE(ingot::find_dtype("Float"));
}

TEST_CASE("the kinds of dtype are PyTorch's") {
  using enum ingot::dtype;
  for (const auto type :
       {float16, bfloat16, float32, float64, float8_e4m3fn, float8_e5m2, float8_e4m3fnuz,
        float8_e5m2fnuz, float8_e8m0fnu, float4_e2m1fn_x2, float6_e2m3fn_x4, float6_e3m2fn_x4}) {
    CHECK(ingot::is_floating_point(type));
  }
  for (const auto type : {int64, boolean, complex64, uint16, uint64, bits8, qint8}) {
    CHECK_FALSE(ingot::is_floating_point(type));
  }
  for (const auto type : {qint8, quint8, qint32, quint4x2, quint2x4}) {
    CHECK(ingot::is_quantized(type));
  }
  for (const auto type : {int8, uint8, bits4x2}) CHECK_FALSE(ingot::is_quantized(type));
}

TEST_CASE("a dtype prints as PyTorch prints it") {
  std::ostringstream text;
  text << ingot::dtype::boolean << ' ' << ingot::dtype::float8_e4m3fn;
  CHECK(text.str() == "torch.bool torch.float8_e4m3fn");
}

}  // namespace dtype_test
