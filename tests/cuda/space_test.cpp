// SPDX-License-Identifier: Apache-2.0
#include <ingot/cuda/space.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <vector>

#include <ingot/core/memory_space.hpp>
#include <ingot/cuda/pointer.hpp>

#include "models.hpp"
#include "stand_in.hpp"

namespace cuda_space_test {

namespace {

using bytes = std::vector<unsigned char>;

/// A block of a space that is given back.
class held {
 public:
  held(const ingot::memory_space& space, std::size_t size)
      : space_(space), size_(size), data_(space.allocate(space, size)) {}
  ~held() { space_.deallocate(space_, data_, size_); }
  void* data() const { return data_; }

 private:
  const ingot::memory_space& space_;
  std::size_t size_;
  void* data_;
};

bytes on_host(const ingot::memory_space& space, const void* data, std::size_t size) {
  bytes result(size);
  ingot::copy_bytes(ingot::host_space, result.data(), space, data, size);
  return result;
}

template <class F>
std::string failure_of(F f) {
  try {
    f();
  } catch (const ingot::cuda::device_error& failure) {
    return failure.what();
  }
  return {};
}

}  // namespace

TEST_CASE("bytes go to a device, to another device and back, and are there when a copy returns") {
  models::fresh_runtime();
  const bytes sent{1, 2, 3, 4, 5};
  const auto& first = ingot::cuda::space(0);
  const auto& second = ingot::cuda::space(1);
  {
    const held a(first, 5), b(second, 5), c(second, 5);
    ingot::copy_bytes(first, a.data(), ingot::host_space, sent.data(), 5);
    CHECK(on_host(first, a.data(), 5) == sent);
    ingot::copy_bytes(second, b.data(), first, a.data(), 5);
    CHECK(on_host(second, b.data(), 5) == sent);
    ingot::copy_bytes(second, c.data(), second, b.data(), 5);
    CHECK(on_host(second, c.data(), 5) == sent);
    CHECK(stand_in::calls("cudaMemcpyPeerAsync") == 1);
    ingot::zero_bytes(second, c.data(), 4);
    CHECK(on_host(second, c.data(), 5) == bytes{0, 0, 0, 0, 5});
    CHECK(ingot::cuda::current_device() == 0);  // as before
    CHECK(stand_in::calls("cudaDeviceSynchronize") == 0);
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("a copy of nothing needs no device") {
  models::fresh_runtime(0);
  ingot::copy_bytes(ingot::cuda::space(0), nullptr, ingot::host_space, nullptr, 0);
  ingot::copy_bytes(ingot::cuda::space(0), nullptr, ingot::cuda::space(1), nullptr, 0);
  ingot::zero_bytes(ingot::cuda::space(0), nullptr, 0);
}

TEST_CASE("every status becomes an error that names the call, the device and what to do") {
  const auto& space = ingot::cuda::space(1);
  models::fresh_runtime();
  stand_in::set_quota(100);
  CHECK(failure_of([&] { space.allocate(space, 200); }) ==
        "cuda:1: cudaMalloc: out of memory (cudaErrorMemoryAllocation); free memory of the device, "
        "or "
        "use less of it");
  CHECK(cudaPeekAtLastError() == cudaSuccess);
  const held block(space, 1);
  unsigned char octet = 1;
  for (const char* call :
       {"cudaMemcpyAsync", "cudaStreamSynchronize", "cudaGetDevice", "cudaSetDevice"}) {
    CAPTURE(call);
    stand_in::fail(call, 1, cudaErrorIllegalAddress);
    const std::string told =
        failure_of([&] { space.copy_from_host(space, block.data(), &octet, 1); });
    CHECK(told.find(call) != std::string::npos);
    CHECK(told.find("end the process") != std::string::npos);
  }
  for (const char* call : {"cudaMemsetAsync", "cudaStreamSynchronize"}) {
    CAPTURE(call);
    stand_in::fail(call, 1, cudaErrorInvalidValue);
    CHECK(failure_of([&] { ingot::zero_bytes(space, block.data(), 1); }).find(call) !=
          std::string::npos);
  }
  stand_in::fail("cudaMemcpyPeerAsync", 1, cudaErrorInvalidValue);
  CHECK(failure_of([&] {
          ingot::copy_bytes(ingot::cuda::space(0), block.data(), space, block.data(), 1);
        }).starts_with("cuda:0: cudaMemcpyPeerAsync"));
}

TEST_CASE("without a driver there is no device, and using one says so") {
  models::fresh_runtime(0);
  CHECK(ingot::cuda::device_count() == 0);
  const auto& space = ingot::cuda::space(0);
  CHECK(failure_of([&] { space.allocate(space, 1); }).find("use host memory") != std::string::npos);
  models::fresh_runtime();
  CHECK(ingot::cuda::device_count() == 2);
  const auto& third = ingot::cuda::space(2);
  CHECK(
      failure_of([&] { third.allocate(third, 1); }).starts_with("cuda:2: cudaSetDevice: invalid"));
  CHECK_THROWS_AS(ingot::cuda::space(-1), ingot::value_error);
  CHECK_THROWS_AS(ingot::cuda::space(64), ingot::value_error);
  models::fresh_runtime();
  for (const cudaError_t status : {cudaErrorInsufficientDriver, cudaErrorNoDevice}) {  // 35 and 100
    stand_in::fail("cudaGetDeviceCount", 1, status);
    CHECK(ingot::cuda::device_count() == 0);
    CHECK(cudaPeekAtLastError() == cudaSuccess);
    stand_in::fail("cudaGetDevice", 1, status);
    CHECK_THROWS_WITH_AS(space.allocate(space, 8), doctest::Contains("use host memory"),
                         ingot::cuda::device_error);
  }
}

TEST_CASE("a pointer tells where it points") {
  models::fresh_runtime();
  const auto& space = ingot::cuda::space(1);
  const held block(space, 8);
  CHECK(&ingot::cuda::pointer_space(static_cast<char*>(block.data()) + 3) == &space);
  int local = 0;
  CHECK(&ingot::cuda::pointer_space(&local) == &ingot::host_space);
  CHECK(&ingot::cuda::pointer_space(nullptr) == &ingot::cuda::space(0));
}

}  // namespace cuda_space_test
