// SPDX-License-Identifier: Apache-2.0
#include <ingot/cuda/allocator.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <memory>
#include <numeric>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <ingot/cuda/pointer.hpp>
#include <ingot/cuda/registered_memory.hpp>
#include <ingot/storage/tensor.hpp>

#include "models.hpp"
#include "stand_in.hpp"

namespace cuda_allocator_test {

namespace {

using ingot::cuda_allocator;
using ingot::cuda_stream_allocator;
using ingot::managed_allocator;
using ingot::pinned_allocator;
using ingot::tensor;
using ingot::cuda::space;

template <class T>
using on_device = tensor<T, cuda_allocator<T>>;

tensor<float> counted(std::int64_t count) {
  tensor<float> result({count});
  std::iota(result.begin(), result.end(), 1.0F);
  return result;
}

template <class Tensor>
std::vector<float> floats(const Tensor& of) {
  const tensor<float> copy(of);
  return {copy.begin(), copy.end()};
}

static_assert(!std::is_convertible_v<int, cuda_allocator<float>>);
static_assert(std::is_nothrow_move_constructible_v<on_device<float>>);

}  // namespace

TEST_CASE("a tensor goes to a device, is copied there and to another one, and comes back") {
  models::fresh_runtime();
  {
    const tensor<float> original = counted(3);
    const on_device<float> first(original);
    CHECK(floats(first) == std::vector<float>{1, 2, 3});
    on_device<float> copy = first;
    CHECK(copy.data() != first.data());
    CHECK(floats(copy) == std::vector<float>{1, 2, 3});
    const on_device<float> second(first, cuda_allocator<float>(space(1)));
    CHECK(second.get_allocator().space().ordinal == 1);
    CHECK(floats(second) == std::vector<float>{1, 2, 3});
    copy = second;  // takes the allocator along
    CHECK(copy.get_allocator().space().ordinal == 1);
    CHECK(floats(on_device<float>({2, 2}, cuda_allocator<float>(space(1)))) ==
          std::vector<float>(4));
    CHECK(on_device<float>(tensor<float>()).defined() == false);
    on_device<float> moved = std::move(copy);
    CHECK(floats(moved) == std::vector<float>{1, 2, 3});
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("allocators of a device are equal, and rebind to it") {
  const cuda_allocator<float> first(space(0)), second(space(1));
  CHECK(first == cuda_allocator<float>());
  CHECK(first != second);
  CHECK(cuda_allocator<double>(second) == cuda_allocator<double>(space(1)));
  CHECK(std::allocator_traits<cuda_allocator<float>>::rebind_alloc<int>(second).space().ordinal ==
        1);
  CHECK(pinned_allocator<int>() == pinned_allocator<int>(pinned_allocator<char>()));
  CHECK_THROWS_AS(cuda_allocator<int>{ingot::host_space}, ingot::value_error);
  auto* const other = reinterpret_cast<CUstream_st*>(8);
  CHECK(cuda_stream_allocator<int>(other) != cuda_stream_allocator<int>(nullptr));
  CHECK(cuda_stream_allocator<int>(cuda_stream_allocator<char>(other, space(1))) ==
        cuda_stream_allocator<int>(other, space(1)));
}

TEST_CASE("pinned and managed memory is the host's, in tensors and in vectors") {
  models::fresh_runtime();
  {
    tensor<float, pinned_allocator<float>> pinned({2});
    pinned[1] = 5;
    std::vector<float, managed_allocator<float>> managed(pinned.begin(), pinned.end());
    CHECK(managed.at(1) == 5);
    const on_device<float> there(pinned);
    CHECK(floats(there) == std::vector<float>{0, 5});
    CHECK(stand_in::live() == 3);
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("host memory is page-locked while it is registered") {
  models::fresh_runtime();
  std::vector<float> plain{1, 2};
  {
    const ingot::cuda::registered_memory locked(std::as_writable_bytes(std::span(plain)));
    const ingot::cuda::registered_memory nothing({});
    CHECK(stand_in::live() == 1);
    CHECK(&ingot::cuda::pointer_space(plain.data()) == &ingot::host_space);
    const on_device<float> there(ingot::tensor<float>({2}));
    space().copy_to_host(space(), plain.data(), there.data(), 8);
    CHECK(plain == std::vector<float>{0, 0});
    CHECK_THROWS_AS(ingot::cuda::registered_memory{std::as_writable_bytes(std::span(plain))},
                    ingot::cuda::device_error);
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("memory in a stream's order is ready for whoever copies into it") {
  models::fresh_runtime();
  cudaStream_t stream = nullptr;
  REQUIRE(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess);
  {
    const tensor<float, cuda_stream_allocator<float>> there(counted(2),
                                                            cuda_stream_allocator<float>(stream));
    CHECK(floats(there) == std::vector<float>{1, 2});
    stand_in::fail("cudaStreamSynchronize", 1, cudaErrorIllegalAddress);
    CHECK_THROWS_AS(cuda_stream_allocator<float>(stream).allocate(1), ingot::cuda::device_error);
  }
  cudaStreamDestroy(stream);
  CHECK(models::nothing_is_left());
}

TEST_CASE("memory in a default stream's order goes back to its own device's") {
  models::fresh_runtime();
  {
    const cuda_stream_allocator<int> allocator(cudaStreamPerThread, space(1));
    const ingot::tensor<int, cuda_stream_allocator<int>> there({4}, allocator);
    CHECK(ingot::cuda::current_device() == 0);
  }  // the stand-in ends the program where it is freed in a stream of another device
  CHECK(models::nothing_is_left());
}

TEST_CASE("memory that isn't there is an error, and nothing leaks") {
  models::fresh_runtime();
  stand_in::set_quota(1000);
  CHECK_THROWS_AS(on_device<float>({1000}), ingot::cuda::device_error);
  CHECK_THROWS_AS(cuda_allocator<float>().allocate(~std::size_t{0} / 4), std::bad_array_new_length);
  for (const char* call : {"cudaMallocHost", "cudaMallocManaged"}) {
    stand_in::fail(call, 1, cudaErrorMemoryAllocation);
  }
  CHECK_THROWS_AS(pinned_allocator<int>().allocate(1), ingot::cuda::device_error);
  CHECK_THROWS_AS(managed_allocator<int>().allocate(1), ingot::cuda::device_error);
  stand_in::fail("cudaMemcpyAsync", 1, cudaErrorIllegalAddress);
  CHECK_THROWS_AS(on_device<float>(counted(3)), ingot::cuda::device_error);
  stand_in::fail("cudaMemsetAsync", 1, cudaErrorIllegalAddress);
  CHECK_THROWS_AS(on_device<float>({3}), ingot::cuda::device_error);
  CHECK(models::nothing_is_left());
}

}  // namespace cuda_allocator_test
