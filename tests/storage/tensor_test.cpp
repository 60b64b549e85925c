// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <new>
#include <numeric>
#include <type_traits>
#include <utility>

#include <ingot/storage/tensor.hpp>

namespace tensor_test {

using ingot::shape;
using ingot::tensor;

namespace {

/// Counts its live blocks, and fails when told to; two with different numbers are different.
struct ledger {
  int live = 0;
  int made = 0;
  bool refuse = false;
};

template <class T>
struct counting_allocator {
  using value_type = T;

  ledger* book = nullptr;

  T* allocate(std::size_t count) {
    if (book->refuse) throw std::bad_alloc();
    ++book->live;
    ++book->made;
    return static_cast<T*>(::operator new(count * sizeof(T)));
  }
  void deallocate(T* block, std::size_t) noexcept {
    --book->live;
    ::operator delete(block);
  }
  const ingot::memory_space& space() const noexcept { return ingot::host_space; }
};
using counted = tensor<float, counting_allocator<float>>;

void copy(const ingot::memory_space&, void* to, const void* from, std::size_t bytes) {
  std::copy_n(static_cast<const std::byte*>(from), bytes, static_cast<std::byte*>(to));
}
constexpr ingot::memory_space device_space{
    "cuda", 0, false, ingot::detail::host_allocate, ingot::detail::host_deallocate, copy, copy};

template <class T>
struct device_allocator : ingot::host_allocator<T> {
  T* allocate(std::size_t count) {
    T* block = ingot::host_allocator<T>::allocate(count);
    std::fill_n(reinterpret_cast<unsigned char*>(block), count * sizeof(T),
                static_cast<unsigned char>(0xa5));
    return block;
  }
  const ingot::memory_space& space() const noexcept { return device_space; }
};

static_assert(std::is_nothrow_move_constructible_v<tensor<float>>);
static_assert(std::is_nothrow_move_assignable_v<tensor<float>>);
static_assert(!std::is_convertible_v<shape, tensor<float>>, "3 is no tensor");
static_assert(sizeof(tensor<float>) == sizeof(tensor<double>));
static_assert(ingot::tensor_like<tensor<float>>);
static_assert(ingot::resizable_tensor<tensor<bool>>);

}  // namespace

TEST_CASE("a default tensor has no shape, one with a shape has zeros") {
  const tensor<float> none;
  CHECK_FALSE(none.defined());
  CHECK(none.size() == 0);
  CHECK(none.data() == nullptr);

  const tensor<float> zeros(shape{2, 3});
  CHECK(zeros.defined());
  CHECK(zeros.shape() == shape{2, 3});
  CHECK(zeros.size() == 6);
  CHECK(std::count(zeros.begin(), zeros.end(), 0.0f) == 6);
  CHECK(tensor<std::complex<double>>(shape{1})[0] == std::complex<double>());
  CHECK(tensor<bool>(shape{1})[0] == false);
}

TEST_CASE("a 0-d tensor has one element, an empty one a shape and none") {
  const tensor<std::int64_t> scalar(shape{});
  CHECK(scalar.defined());
  CHECK(scalar.size() == 1);
  const tensor<float> empty(shape{0, 4});
  CHECK(empty.defined());
  CHECK(empty.empty());
  CHECK(empty.data() == nullptr);
  CHECK(tensor<float>(empty).shape() == shape{0, 4});
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  CHECK(tensor<float>(shape{most, 0, most}).empty());
}

TEST_CASE("zeros are zeros in memory that the host can't reach, too") {
  const tensor<bool, device_allocator<bool>> flags(shape{3});
  const tensor<float, device_allocator<float>> numbers(shape{2, 2});
  CHECK(std::count(flags.data(), flags.data() + 3, false) == 3);
  CHECK(std::count(numbers.data(), numbers.data() + 4, 0.0f) == 4);
}

TEST_CASE("a shape whose bytes overflow is refused") {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  CHECK_THROWS_WITH_AS(tensor<float>(shape{most}),
                       "tensor: expected a shape whose size fits in 63 bits, found "
                       "[9223372036854775807]",
                       ingot::value_error);
  CHECK_THROWS_AS(tensor<float>(shape{most, most}), ingot::value_error);
  CHECK_THROWS_AS(tensor<float>(shape{-1}), ingot::value_error);
  CHECK_THROWS_AS(tensor<float>(shape{0, -1}), ingot::value_error);
}

TEST_CASE("a copy has elements of its own") {
  tensor<float> original(shape{2, 2});
  std::iota(original.begin(), original.end(), 1.0f);
  tensor<float> copied = original;
  original[3] = 9;
  CHECK(copied[3] == 4);
  CHECK(copied.shape() == shape{2, 2});
  original = copied;
  CHECK(original[3] == 4);
  const tensor<float>& alias = original;
  original = alias;
  CHECK(original[3] == 4);
  original = tensor<float>();
  CHECK_FALSE(original.defined());
  CHECK_FALSE(tensor<float>(original).defined());
}

TEST_CASE("a move takes the elements and leaves no shape") {
  tensor<float> original(shape{3});
  original[2] = 7;
  const float* data = original.data();
  tensor<float> moved = std::move(original);
  CHECK(moved.data() == data);
  CHECK_FALSE(original.defined());  // NOLINT: the promise under test
  CHECK(original.shape() == shape{});
  original = std::move(moved);
  CHECK(original.data() == data);
  tensor<float> other(shape{1});
  other.swap(original);
  CHECK(other.data() == data);
  CHECK(original.shape() == shape{1});
}

TEST_CASE("every block goes back to the allocator that it came from") {
  ledger first, second;
  {
    counted a(shape{2}, {&first});
    counted b(shape{3}, {&second});
    const counted copied = a;
    CHECK(copied.get_allocator().book == &first);
    CHECK(first.live == 2);
    a.swap(b);
    CHECK(a.get_allocator().book == &second);
    b = a;
    CHECK(b.get_allocator().book == &second);
    CHECK(first.live == 1);
    a = std::move(b);
    CHECK(second.live >= 1);
    const counted made = ingot::tensor_traits<counted>::make(shape{5}, a);
    CHECK(made.get_allocator().book == &second);
    const counted undefined({&first});
    CHECK(counted(undefined).get_allocator().book == &first);
    const counted empty(shape{0}, {&first});
  }
  CHECK(first.live == 0);
  CHECK(second.live == 0);
}

TEST_CASE("where memory is refused nothing leaks and the target of an assignment stays") {
  ledger book;
  {
    counted a(shape{2}, {&book});
    counted b(shape{3}, {&book});
    a[1] = 5;
    book.refuse = true;
    CHECK_THROWS_AS(a = b, std::bad_alloc);
    CHECK_THROWS_AS(counted(shape{2}, {&book}), std::bad_alloc);
    CHECK_THROWS_AS(counted{a}, std::bad_alloc);
    CHECK(a.shape() == shape{2});
    CHECK(a[1] == 5);
    CHECK(book.live == 2);
  }
  CHECK(book.live == 0);
}

TEST_CASE("host memory is aligned for every instruction, small and large") {
  for (const std::int64_t size : {1, 3, 1000, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20}) {
    const tensor<float> block(shape{size});
    CHECK(reinterpret_cast<std::uintptr_t>(block.data()) % ingot::host_alignment == 0);
    CHECK(block[static_cast<std::size_t>(size) - 1] == 0);
  }
}

TEST_CASE("a tensor's view is its memory, its dtype, its shape") {
  tensor<std::int16_t> object(shape{2, 3});
  const auto view = ingot::tensor_traits<tensor<std::int16_t>>::view(object);
  CHECK(view.data() == reinterpret_cast<std::byte*>(object.data()));
  CHECK(view.type() == ingot::dtype::int16);
  CHECK(view.shape() == shape{2, 3});
  CHECK(view.strides() == ingot::strides{3, 1});
  CHECK(view.nbytes() == 12);
  CHECK(&view.space() == &ingot::host_space);
}

}  // namespace tensor_test
