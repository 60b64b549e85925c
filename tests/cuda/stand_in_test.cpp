// SPDX-License-Identifier: Apache-2.0
// The stand-in catches what it is for.
#include <doctest/doctest.h>

#include <csignal>
#include <cstddef>
#include <cstring>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <cuda_runtime_api.h>

#include "stand_in.hpp"

namespace cuda_stand_in_test {

namespace {

template <class F>
int signal_of(F f) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGSEGV, SIG_DFL);  // doctest and the sanitizers have handlers
    f();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("the host can't touch a device's memory") {
  stand_in::reset();
  void* block = nullptr;
  REQUIRE(cudaMalloc(&block, 16) == cudaSuccess);
  CHECK(signal_of([&] { *static_cast<volatile char*>(block) = 1; }) == SIGSEGV);
  CHECK(signal_of([&] { std::vector<char>(16).at(0) = 1; }) == 0);
  cudaFree(block);
}

TEST_CASE("a missing synchronisation shows poison") {
  stand_in::reset();
  void* block = nullptr;
  REQUIRE(cudaMalloc(&block, 4) == cudaSuccess);
  const unsigned char sent[4] = {1, 2, 3, 4};
  unsigned char got[4] = {};
  CHECK(cudaMemcpyAsync(block, sent, 4, cudaMemcpyHostToDevice, cudaStreamPerThread) ==
        cudaSuccess);
  CHECK(cudaMemcpyAsync(got, block, 4, cudaMemcpyDeviceToHost, cudaStreamPerThread) == cudaSuccess);
  CHECK(got[0] == stand_in::poison);
  CHECK(cudaStreamSynchronize(cudaStreamPerThread) == cudaSuccess);
  CHECK(std::memcmp(sent, got, 4) == 0);
  cudaFree(block);
}

TEST_CASE("pinned memory is read when the stream gets there, pageable memory at the call") {
  stand_in::reset();
  void* block = nullptr;
  void* pinned = nullptr;
  REQUIRE(cudaMalloc(&block, 1) == cudaSuccess);
  REQUIRE(cudaMallocHost(&pinned, 1) == cudaSuccess);
  unsigned char pageable = 1;
  unsigned char got = 0;
  const auto round = [&](unsigned char* from) {
    *from = 1;
    cudaMemcpyAsync(block, from, 1, cudaMemcpyHostToDevice, nullptr);
    *from = 2;
    cudaMemcpy(&got, block, 1, cudaMemcpyDeviceToHost);
    return got;
  };
  CHECK(round(&pageable) == 1);
  CHECK(round(static_cast<unsigned char*>(pinned)) == 2);
  cudaFree(block);
  cudaFreeHost(pinned);
}

TEST_CASE("events and the legacy stream order other streams") {
  stand_in::reset();
  void* block = nullptr;
  cudaStream_t writer = nullptr, reader = nullptr;
  cudaEvent_t written = nullptr;
  REQUIRE(cudaMalloc(&block, 1) == cudaSuccess);
  REQUIRE(cudaStreamCreateWithFlags(&writer, cudaStreamNonBlocking) == cudaSuccess);
  REQUIRE(cudaStreamCreateWithFlags(&reader, cudaStreamNonBlocking) == cudaSuccess);
  REQUIRE(cudaEventCreateWithFlags(&written, cudaEventDisableTiming) == cudaSuccess);
  unsigned char got = 0;
  const auto read = [&] {
    cudaMemcpyAsync(&got, block, 1, cudaMemcpyDeviceToHost, reader);
    cudaStreamSynchronize(reader);
    return got;
  };
  cudaMemsetAsync(block, 7, 1, writer);
  CHECK(read() != 7);  // nothing orders the two
  cudaMemsetAsync(block, 8, 1, writer);
  cudaEventRecord(written, writer);
  cudaStreamWaitEvent(reader, written, 0);
  CHECK(read() == 8);
  cudaMemsetAsync(block, 9, 1, nullptr);
  cudaMemcpyAsync(&got, block, 1, cudaMemcpyDeviceToHost, cudaStreamPerThread);
  cudaStreamSynchronize(cudaStreamPerThread);
  CHECK(got == 9);  // the legacy stream came first
  cudaEventDestroy(written);
  cudaStreamDestroy(reader);
  cudaStreamDestroy(writer);
  cudaFree(block);
  CHECK(stand_in::live() == 0);
}

TEST_CASE("what isn't given back is counted, and copies out of bounds are refused") {
  stand_in::reset();
  void* block = nullptr;
  char bytes[5];
  REQUIRE(cudaMalloc(&block, 4) == cudaSuccess);
  CHECK(stand_in::live() == 1);
  CHECK(cudaMemcpy(block, bytes, 5, cudaMemcpyHostToDevice) == cudaErrorInvalidValue);
  CHECK(cudaMemcpy(block, bytes, 4, cudaMemcpyDeviceToHost) == cudaErrorInvalidValue);
  CHECK(cudaFree(block) == cudaSuccess);
  CHECK(stand_in::live() == 0);
}

TEST_CASE("a planned call fails, once, and the last error tells it") {
  stand_in::reset();
  stand_in::fail("cudaMalloc", 2, cudaErrorMemoryAllocation);
  void* first = nullptr;
  void* second = nullptr;
  CHECK(cudaMalloc(&first, 1) == cudaSuccess);
  CHECK(cudaMalloc(&second, 1) == cudaErrorMemoryAllocation);
  CHECK(second == nullptr);
  CHECK(cudaGetLastError() == cudaErrorMemoryAllocation);
  CHECK(cudaGetLastError() == cudaSuccess);
  cudaFree(first);
}

}  // namespace cuda_stand_in_test
