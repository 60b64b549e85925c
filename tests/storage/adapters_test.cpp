// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <complex>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <ingot/storage/scalar.hpp>
#include <ingot/storage/std_array.hpp>
#include <ingot/storage/std_span.hpp>
#include <ingot/storage/std_vector.hpp>

namespace adapters_test {

using ingot::dtype;
using ingot::shape;
using ingot::tensor_traits;

// Opting in is explicit, and what can't be viewed or loaded into stays out.
static_assert(!ingot::tensor_like<std::vector<bool>>);
static_assert(!ingot::tensor_like<std::span<const float>>);
static_assert(!ingot::tensor_like<std::string>);
static_assert(!ingot::tensor_like<std::vector<std::vector<float>>>);
static_assert(ingot::tensor_like<std::array<bool, 2>>);
static_assert(ingot::resizable_tensor<std::vector<std::int16_t>>);
static_assert(!ingot::resizable_tensor<std::array<float, 3>>);
static_assert(!ingot::resizable_tensor<std::span<float>>);
static_assert(!ingot::resizable_tensor<float>);
static_assert(tensor_traits<std::vector<std::complex<float>>>::type == dtype::complex64);
#if defined(__FLT16_MAX__)
__extension__ typedef _Float16 float16;
static_assert(tensor_traits<std::vector<float16>>::type == dtype::float16);
static_assert(tensor_traits<float16>::type == dtype::float16);
#endif

namespace {

template <class Storage>
void check_flat(Storage& storage, std::int64_t length) {
  const auto view = tensor_traits<Storage>::view(storage);
  CHECK(view.shape() == shape{length});
  CHECK(view.data() == reinterpret_cast<std::byte*>(storage.data()));
  const auto read_only = tensor_traits<Storage>::view(std::as_const(storage));
  static_assert(std::is_same_v<std::remove_const_t<decltype(read_only)>, ingot::const_tensor_view>);
  CHECK(read_only.data() == view.data());
}

TEST_CASE("flat storage is one-dimensional and viewed in place") {
  std::vector<float> vector{1, 2, 3};
  std::array<double, 2> array{1, 2};
  std::span<float> span(vector);
  check_flat(vector, 3);
  check_flat(array, 2);
  check_flat(span, 3);
}

TEST_CASE("an empty vector has no shape yet; an array and a span always do") {
  CHECK_FALSE(tensor_traits<std::vector<float>>::has_shape({}));
  CHECK(tensor_traits<std::vector<float>>::has_shape({1.f}));
  CHECK(tensor_traits<std::array<float, 0>>::has_shape({}));
  CHECK(tensor_traits<std::span<float>>::has_shape({}));
}

TEST_CASE("a vector of another length is made with as many elements as the shape has") {
  const std::vector<int> like;
  CHECK(tensor_traits<std::vector<int>>::make({2, 3}, like).size() == 6);
  CHECK(tensor_traits<std::vector<int>>::make({0, 3}, like).empty());
  CHECK_THROWS(tensor_traits<std::vector<int>>::make({INT64_MAX, 3}, like));
}

TEST_CASE("a scalar is a 0-d tensor") {
  std::int64_t counter = 7;
  const auto view = tensor_traits<std::int64_t>::view(counter);
  CHECK(view.shape().rank() == 0);
  CHECK(view.nbytes() == 8);
  CHECK(view.type() == dtype::int64);
}

}  // namespace

}  // namespace adapters_test
