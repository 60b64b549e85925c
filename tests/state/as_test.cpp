// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ingot/core/element.hpp>
#include <ingot/io/memory_source.hpp>
#include <ingot/state/as.hpp>
#include <ingot/state/dict.hpp>
#include <ingot/storage/tensor.hpp>

namespace as_test {

using ingot::dtype;
using ingot::kind;
using ingot::shape;
using ingot::value;
using ingot::value_error;

namespace {

/// A tensor in a file, of elements given as their C++ type.
template <class T>
ingot::tensor_data in_file(const std::vector<T>& elements, shape extents,
                           dtype type = ingot::element_traits<T>::type) {
  const auto bytes = std::as_bytes(std::span(elements));
  ingot::tensor_data tensor;
  tensor.bytes = std::make_shared<const ingot::storage>(ingot::extent{
      .from = ingot::from_memory(std::vector(bytes.begin(), bytes.end())), .size = bytes.size()});
  tensor.type = type;
  tensor.strides = ingot::contiguous_strides(extents);
  tensor.shape = std::move(extents);
  return tensor;
}

template <class T>
value scalar(T number) {
  return value(in_file(std::vector<T>{number}, {}));
}

template <class T>
value numpy_scalar(T number) {
  return value::make_ndarray(in_file(std::vector<T>{number}, {}));
}

template <class Integer>
constexpr Integer most = std::numeric_limits<Integer>::max();
template <class Integer>
constexpr Integer least = std::numeric_limits<Integer>::min();

template <class Integer>
void check_integer() {
  CHECK(value(most<Integer>).as<Integer>() == most<Integer>);
  CHECK(value(least<Integer>).as<Integer>() == least<Integer>);
  if constexpr (sizeof(Integer) < 8) {
    CHECK_THROWS_AS(value(std::int64_t{most<Integer>} + 1).as<Integer>(), value_error);
    CHECK_THROWS_AS(value(std::int64_t{least<Integer>} - 1).as<Integer>(), value_error);
  }
}

}  // namespace

TEST_CASE("an int is taken as any integer that holds it, and by no other") {
  check_integer<std::int8_t>();
  check_integer<std::uint8_t>();
  check_integer<std::int16_t>();
  check_integer<std::uint16_t>();
  check_integer<std::int32_t>();
  check_integer<std::uint32_t>();
  check_integer<std::int64_t>();
  check_integer<std::uint64_t>();
  check_integer<long long>();
  check_integer<unsigned long long>();
  const value two_to_64 = value::make_integer(std::string(8, '\0') + '\1');
  const value below_int64 = value::make_integer(std::string(7, '\xff') + "\x7f\xff");
  CHECK_THROWS_AS(two_to_64.as<std::uint64_t>(), value_error);
  CHECK_THROWS_AS(two_to_64.as<std::int64_t>(), value_error);
  CHECK_THROWS_AS(below_int64.as<std::int64_t>(), value_error);
  CHECK_THROWS_AS(below_int64.as<std::uint64_t>(), value_error);
  CHECK_THROWS_AS(value(-1).as<std::uint64_t>(), value_error);
  CHECK_THROWS_AS(value(most<std::uint64_t>).as<std::int64_t>(), value_error);
  CHECK_THROWS_WITH_AS(value(300).as<std::uint8_t>(),
                       "expected an int from 0 to 255, found int 300", value_error);
  CHECK_THROWS_AS(value(3.0).as<int>(), value_error);
  CHECK_THROWS_AS(value(true).as<int>(), value_error);
  CHECK_THROWS_AS(value("3").as<int>(), value_error);
  CHECK_THROWS_AS(value().as<int>(), value_error);
}

TEST_CASE("a float is taken by float and double, if its range allows, an int if it is exact") {
  CHECK(value(0.1).as<double>() == 0.1);
  CHECK(value(0.1).as<float>() == 0.1f);
  CHECK(value(1e-300).as<float>() == 0);
  CHECK(value(std::numeric_limits<double>::infinity()).as<float>() ==
        std::numeric_limits<float>::infinity());
  CHECK(std::isnan(value(std::numeric_limits<double>::quiet_NaN()).as<float>()));
  CHECK_THROWS_WITH_AS(value(1e300).as<float>(),
                       "expected a float of at most 3.4028234663852886e+38, found float 1e+300",
                       value_error);
  CHECK(value(0.5).as<long double>() == 0.5L);
  CHECK(value(3).as<float>() == 3.0f);
  CHECK(value(1 << 24).as<float>() == 16777216.0f);
  CHECK_THROWS_AS(value((1 << 24) + 1).as<float>(), value_error);
  CHECK(value(std::int64_t{1} << 53).as<double>() == 9007199254740992.0);
  CHECK_THROWS_AS(value((std::int64_t{1} << 53) + 1).as<double>(), value_error);
  CHECK(value(least<std::int64_t>).as<double>() == -9223372036854775808.0);
  CHECK_THROWS_AS(value(most<std::int64_t>).as<double>(), value_error);
  CHECK_THROWS_AS(value(most<std::uint64_t>).as<double>(), value_error);
  CHECK_THROWS_AS(value("0.1").as<double>(), value_error);
  CHECK_THROWS_AS(value(true).as<double>(), value_error);
}

TEST_CASE("a bool is a bool alone") {
  CHECK(value(true).as<bool>());
  CHECK_FALSE(value(false).as<bool>());
  CHECK_THROWS_WITH_AS(value(1).as<bool>(), "expected bool, found int 1", value_error);
  CHECK_THROWS_AS(value("True").as<bool>(), value_error);
}

TEST_CASE("a complex number is taken by complex, so is a real one") {
  using number = std::complex<double>;
  using narrow = std::complex<float>;
  CHECK(value(number(1, -2)).as<number>() == number(1, -2));
  CHECK(value(number(1, -2)).as<narrow>() == narrow(1, -2));
  CHECK(value(1.5).as<number>() == number(1.5, 0));
  CHECK(value(2).as<number>() == number(2, 0));
  CHECK(scalar(narrow(1, 2)).as<number>() == number(1, 2));
  CHECK_THROWS_AS(value(number(1, 1e300)).as<narrow>(), value_error);
  CHECK_THROWS_AS(value(number(1, 2)).as<double>(), value_error);
  CHECK_THROWS_AS(value("1j").as<number>(), value_error);
}

TEST_CASE("a tensor or a numpy array of one element is the number in it") {
  CHECK(scalar(std::int64_t{3}).as<int>() == 3);
  CHECK(scalar(3.5f).as<double>() == 3.5);
  CHECK(value(in_file<std::uint8_t>({1}, {}, dtype::boolean)).as<bool>());
  CHECK(scalar(most<std::uint64_t>).as<std::uint64_t>() == most<std::uint64_t>);
  CHECK(scalar(std::int8_t{-1}).as<std::int64_t>() == -1);
  CHECK(scalar(ingot::bfloat16(1.5f)).as<float>() == 1.5f);
  CHECK(value(in_file<std::uint16_t>({0x3e00}, {1, 1}, dtype::float16)).as<float>() == 1.5f);
  CHECK(numpy_scalar(0.25).as<double>() == 0.25);
  CHECK(numpy_scalar(std::int32_t{7}).as<int>() == 7);
  CHECK(value(in_file<double>({2}, {1, 1, 1})).as<double>() == 2);

  CHECK_THROWS_AS(scalar(3.5f).as<int>(), value_error);
  CHECK_THROWS_AS(scalar(std::int64_t{300}).as<std::uint8_t>(), value_error);
  CHECK_THROWS_AS(scalar(1e300).as<float>(), value_error);
  CHECK_THROWS_WITH_AS(value(in_file<double>({1, 2}, {2})).as<double>(),
                       "expected float, found tensor float64 [2]", value_error);
  CHECK_THROWS_AS(value(in_file<double>({}, {0})).as<double>(), value_error);
  CHECK_THROWS_AS(value(in_file<std::uint8_t>({1}, {}, dtype::quint8)).as<int>(), value_error);
  CHECK_THROWS_AS(value(in_file<std::uint8_t>({1}, {}, dtype::bits8)).as<int>(), value_error);
  ingot::tensor_data sparse;
  sparse.layout = ingot::layout::sparse_coo;
  sparse.shape = {1};
  CHECK_THROWS_AS(value(sparse).as<double>(), value_error);
}

TEST_CASE("an offset into a shared storage picks the element") {
  ingot::tensor_data tensor = in_file<float>({1, 2, 3, 4}, {});
  tensor.offset = 2;
  CHECK(value(tensor).as<float>() == 3);
}

TEST_CASE("texts, shapes, dtypes and devices come out as themselves") {
  CHECK(value("adam").as<std::string>() == "adam");
  CHECK(value::make_bytes("\xff").as<std::string>() == "\xff");
  CHECK(value(shape{2, 3}).as<shape>() == shape{2, 3});
  CHECK(value(ingot::list{2, 3}).as<shape>() == shape{2, 3});
  CHECK(value(ingot::tuple{}).as<shape>() == shape{});
  CHECK(value(dtype::float16).as<dtype>() == dtype::float16);
  CHECK(value(ingot::device("cuda:1")).as<ingot::device>() == ingot::device("cuda:1"));
  CHECK(value(3).as<value>().integer() == 3);
  CHECK_THROWS_AS(value(3).as<std::string>(), value_error);
  CHECK_THROWS_AS(value(3).as<shape>(), value_error);
  CHECK_THROWS_AS(value(ingot::list{"a"}).as<shape>(), value_error);
  CHECK_THROWS_AS(value("float16").as<dtype>(), value_error);
  CHECK_THROWS_AS(scalar(1.0f).as<dtype>(), value_error);
  CHECK_THROWS_AS(value("cuda:1").as<ingot::device>(), value_error);
}

TEST_CASE("a list is taken as a vector or an array of what is in it") {
  const value betas = ingot::tuple{0.9, 0.999};
  CHECK(betas.as<std::vector<double>>() == std::vector<double>{0.9, 0.999});
  CHECK(betas.as<std::array<float, 2>>() == std::array<float, 2>{0.9f, 0.999f});
  const value nested = ingot::list{ingot::list{1, 2}, ingot::list{}, ingot::tuple{3}};
  CHECK(nested.as<std::vector<std::vector<int>>>() ==
        std::vector<std::vector<int>>{{1, 2}, {}, {3}});
  CHECK(value(ingot::list{"a", "b"}).as<std::vector<std::string>>()[1] == "b");
  CHECK(value(ingot::list{true, false}).as<std::vector<bool>>() == std::vector<bool>{true, false});
  CHECK(value(ingot::list{1, nullptr}).as<std::vector<std::optional<int>>>()[1] == std::nullopt);
  CHECK(value(ingot::list{}).as<std::vector<float>>().empty());
  CHECK(value(ingot::list{scalar(1.5f), 2}).as<std::vector<float>>()[0] == 1.5f);
  CHECK_THROWS_AS((betas.as<std::array<float, 3>>()), value_error);
  CHECK_THROWS_AS(betas.as<std::vector<int>>(), value_error);
  CHECK_THROWS_AS(value(3).as<std::vector<int>>(), value_error);
  CHECK_THROWS_WITH_AS(value("abc").as<std::vector<int>>(),
                       "expected list, tuple or set, found str \"abc\"", value_error);
  CHECK_THROWS_AS(value(ingot::dict{{"a", 1}}).as<std::vector<int>>(), value_error);
}

TEST_CASE("None is an empty optional") {
  CHECK(value().as<std::optional<int>>() == std::nullopt);
  CHECK(value(3).as<std::optional<int>>() == 3);
  CHECK(value("a").as<std::optional<std::string>>() == "a");
  CHECK_THROWS_AS(value("a").as<std::optional<int>>(), value_error);
}

TEST_CASE("a tensor is read as an owned tensor or a vector of its own dtype") {
  const value stored(in_file<float>({1, 2, 3, 4, 5, 6}, {2, 3}));
  const auto tensor = stored.as<ingot::tensor<float>>();
  CHECK(tensor.shape() == shape{2, 3});
  CHECK(tensor[5] == 6);
  CHECK(value(in_file<float>({1, 2}, {2})).as<std::vector<float>>() == std::vector<float>{1, 2});
  CHECK(value::make_ndarray(in_file<float>({1, 2}, {2})).as<ingot::tensor<float>>()[1] == 2);
  ingot::tensor_data transposed = stored.tensor();
  transposed.shape = {3, 2};
  transposed.strides = {1, 3};
  CHECK(value(transposed).as<ingot::tensor<float>>()[1] == 4);
  CHECK_THROWS_WITH_AS(stored.as<ingot::tensor<double>>(),
                       "expected tensor float64, found tensor float32 [2, 3]", value_error);
  CHECK_THROWS_AS(stored.as<std::vector<float>>(), value_error);
  CHECK_THROWS_AS(value(3).as<ingot::tensor<float>>(), value_error);
  ingot::tensor_data bomb = stored.tensor();
  bomb.shape = {std::int64_t{1} << 40};
  bomb.strides = {0};
  CHECK_THROWS_AS(value(bomb).as<ingot::tensor<float>>(), value_error);
}

TEST_CASE("errors below a checkpoint say where") {
  const ingot::entry checkpoint(
      ingot::dict{{"epoch", "three"}, {"betas", ingot::list{0.9, "x"}}, {"loss", 0.5}},
      "checkpoint.tar");
  CHECK(checkpoint["loss"].as<double>() == 0.5);
  CHECK_THROWS_WITH_AS(checkpoint["epoch"].as<int>(),
                       "checkpoint.tar[\"epoch\"]: expected int, found str \"three\"", value_error);
  CHECK_THROWS_WITH_AS(checkpoint["betas"].as<std::vector<double>>(),
                       "checkpoint.tar[\"betas\"]: expected float, found str \"x\"", value_error);
  const value plain = checkpoint;
  CHECK_THROWS_WITH_AS(plain["epoch"].as<int>(), "[\"epoch\"]: expected int, found str \"three\"",
                       value_error);
  try {
    checkpoint["epoch"].as<int>();
  } catch (const value_error& failure) {
    CHECK(failure.info().where == "checkpoint.tar[\"epoch\"]");
    CHECK(failure.info().found == "str \"three\"");
  }
}

}  // namespace as_test
