// SPDX-License-Identifier: Apache-2.0
// `./dev gpu-test`: what must hold on a real device, by the library alone, without a test
// framework. Tests without a GPU run the same program over the stand-in.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <cuda_runtime_api.h>

#include <ingot/cuda/allocator.hpp>
#include <ingot/cuda/registered_memory.hpp>
#include <ingot/cuda/space.hpp>
#include <ingot/cuda/transfer_scope.hpp>
#include <ingot/ingot.hpp>
#include <ingot/state/from_dlpack.hpp>
#include <ingot/state/to_dlpack.hpp>

namespace {

using ingot::cuda::space;
using ingot::cuda::transfer_scope;
template <class T>
using on_device = ingot::tensor<T, ingot::cuda_allocator<T>>;
template <class T>
using on_host = ingot::tensor<T>;

/// A tensor of several pieces, small ones, and one of the last device.
template <template <class> class Tensor>
struct network {
  Tensor<float> large{};
  std::vector<Tensor<std::int32_t>> small = std::vector<Tensor<std::int32_t>>(5000);
  Tensor<double> elsewhere{};
};

network<on_host> numbered() {
  network<on_host> made;
  made.large = ingot::tensor<float>({3, 1 << 20});
  for (std::size_t i = 0; i < made.large.size(); ++i) made.large[i] = static_cast<float>(i % 9973);
  for (std::size_t i = 0; i < made.small.size(); ++i) {
    made.small[i] = ingot::tensor<std::int32_t>({static_cast<std::int64_t>(1 + i % 5)});
    std::ranges::fill(made.small[i], static_cast<std::int32_t>(i));
  }
  made.elsewhere = ingot::tensor<double>({1000});
  std::ranges::fill(made.elsewhere, 0.5);
  return made;
}

network<on_device> on_devices() {
  const int last = ingot::cuda::device_count() - 1;
  network<on_device> made;
  made.elsewhere = on_device<double>(ingot::cuda_allocator<double>(space(last)));
  return made;
}

int failed = 0;

void require(bool holds, const std::string& what) {
  std::printf("%s  %s\n", holds ? "ok    " : "FAILED", what.c_str());
  failed += holds ? 0 : 1;
}

template <class Model>
bool is_numbered(const Model& model) {
  static const network<on_host> expected = numbered();
  const auto same = [](const auto& a, const auto& b) {
    return a.shape() == b.shape() && std::ranges::equal(a, b);
  };
  network<on_host> seen;
  ingot::copy_state(model, seen);
  bool result = same(seen.large, expected.large) && same(seen.elsewhere, expected.elsewhere);
  for (std::size_t i = 0; i < seen.small.size(); ++i) {
    result = result && same(seen.small[i], expected.small[i]);
  }
  return result;
}

template <class Archive>
void test_archive(const std::filesystem::path& path) {
  const std::string name(Archive::name);
  ingot::save<Archive>(numbered(), path);
  for (const auto access : {ingot::access::read, ingot::access::map}) {
    const bool map = access == ingot::access::map;
    // Few page-locked buffers are filled again and again, many but once.
    const transfer_scope scope({.pinned_bytes = std::size_t{1} << (map ? 20 : 25)});
    auto there = on_devices();
    ingot::load(there, path, {}, {.access = access});
    require(is_numbered(there), name + ": a file goes to the device, " + (map ? "mapped" : "read"));
    ingot::cuda::check(
        cudaMemsetAsync(there.large.data(), 0, there.large.size() * sizeof(float), nullptr),
        "cudaMemsetAsync", 0);
    ingot::load(there, path, {}, {.access = access});
    require(is_numbered(there), name + ": it is loaded again in place");
    ingot::save<Archive>(there, path);
  }
  network<on_host> back;
  ingot::load(back, path);
  require(is_numbered(back), name + ": what was saved from the device is loaded on the host");
}

void test_streams() {
  cudaStream_t stream = nullptr;
  ingot::cuda::check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking),
                     "cudaStreamCreateWithFlags", 0);
  const auto is_zero = [](const ingot::value& state) {
    const auto seen = state["weight"].as<ingot::tensor<float>>();
    return std::ranges::all_of(seen, [](float each) { return each == 0; });
  };
  {
    const transfer_scope scope({.stream = stream, .pinned_bytes = std::size_t{2} << 20});
    ingot::tensor<float> expected({8, 1 << 20});
    for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = static_cast<float>(i % 9973);
    struct {
      on_device<float> weight{ingot::shape{8, 1 << 20}};
    } model;
    for (int round = 0; round < 3; ++round) {
      ingot::load_state_dict(model, ingot::dict{{"weight", expected}});
      const ingot::value copy = ingot::snapshot(ingot::state_dict(model));
      cudaMemsetAsync(model.weight.data(), 0, model.weight.size() * sizeof(float), stream);
      require(std::ranges::equal(copy["weight"].as<ingot::tensor<float>>(), expected),
              "a snapshot is of what the stream had, and not of what it was given later");
    }
    require(is_zero(ingot::snapshot(ingot::state_dict(model))), "the next one is of that");
  }
  on_device<float> weight({1 << 20});
  cudaMemsetAsync(weight.data(), 0x3f, weight.size() * sizeof(float), nullptr);
  cudaMemsetAsync(weight.data(), 0, weight.size() * sizeof(float), nullptr);
  require(is_zero(ingot::snapshot(ingot::dict{{"weight", weight}})),
          "without a scope copies come after the legacy default stream");
  cudaStreamDestroy(stream);
}

/// Elements go to the storage and come back.
template <class Storage>
void test_storage(const char* name, Storage storage) {
  struct {
    Storage weight;
  } model{std::move(storage)};
  ingot::tensor<float> expected(ingot::shape{100'000});
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = static_cast<float>(i);
  ingot::load_state_dict(model, ingot::dict{{"weight", expected}});
  const ingot::value back = ingot::snapshot(ingot::state_dict(model));
  require(std::ranges::equal(back["weight"].as<ingot::tensor<float>>(), expected), name);
}

void test_storages() {
  cudaStream_t stream = nullptr;
  ingot::cuda::check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking),
                     "cudaStreamCreateWithFlags", 0);
  using in_stream = ingot::cuda_stream_allocator<float>;
  test_storage("memory in a stream's order",
               ingot::tensor<float, in_stream>({100'000}, in_stream(stream)));
  cudaStreamDestroy(stream);
  test_storage("page-locked memory", ingot::tensor<float, ingot::pinned_allocator<float>>());
  test_storage("managed memory", ingot::tensor<float, ingot::managed_allocator<float>>());
  ingot::tensor<float> plain(ingot::shape{100'000});
  const ingot::cuda::registered_memory locked(
      std::as_writable_bytes(std::span(plain.data(), plain.size())));
  test_storage("host memory that was registered",
               ingot::tensor_ref<float>(plain.data(), plain.shape()));
}

void test_places(const std::filesystem::path& path) {
  const int last = ingot::cuda::device_count() - 1;
  ingot::save(numbered(), path);
  const auto there = ingot::open(path, {.map_location = space(last)}).clone();
  require(&there["large"].tensor().bytes->space() == &space(last), "map_location says where");
  auto model = on_devices();
  ingot::load_state_dict(model, there);
  require(is_numbered(model), "a state goes from device to device");
  model = ingot::to(std::move(model), space(last));
  require(is_numbered(model), "to() moves a model");
  const ingot::value taken = ingot::from_dlpack(ingot::to_dlpack(model.large), ingot::cuda::by_tag);
  network<on_host> host;
  ingot::load_state_dict(host, there.with("large", taken));
  require(is_numbered(host), "DLPack hands device memory over");
}

void test_errors() {
  try {
    const on_device<std::int8_t> tensor({std::int64_t{1} << 50});
    require(false, "a petabyte is more than a device has");
  } catch (const ingot::cuda::device_error& failure) {
    require(failure.code() == cudaErrorMemoryAllocation, failure.what());
  }
  require(cudaGetLastError() == cudaSuccess, "an error that was told leaves no other behind");
}

}  // namespace

int main() {
  const auto path = std::filesystem::temp_directory_path() / "ingot_gpu_test";
  try {
    if (ingot::cuda::device_count() == 0) {
      std::puts(
          "gpu-test: there is no CUDA device, no driver, or one too old for this toolkit "
          "(nvidia-smi tells): nothing was tested");
      return 2;
    }
    test_archive<ingot::zip>(path);
    test_archive<ingot::mapped>(path);
    test_archive<ingot::binary>(path);
    test_streams();
    test_storages();
    test_places(path);
    test_errors();
  } catch (const std::exception& failure) {
    require(false, failure.what());
  }
  std::error_code none;
  std::filesystem::remove(path, none);
  std::printf("%d failed\n", failed);
  return failed == 0 ? 0 : 1;
}
