// SPDX-License-Identifier: Apache-2.0
// `./dev gpu-bench`: file to device and device to file beside the speed of the bus, which is a copy
// of page-locked memory. No framework: a machine with a GPU often has nothing else.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <cuda_runtime_api.h>

#include <ingot/cuda/allocator.hpp>
#include <ingot/cuda/space.hpp>
#include <ingot/ingot.hpp>

namespace {

using ingot::cuda::space;
template <class T>
using on_device = ingot::tensor<T, ingot::cuda_allocator<T>>;

template <template <class> class Tensor>
struct model {
  std::vector<Tensor<float>> layers{};
};
template <class T>
using on_host = ingot::tensor<T>;

std::size_t total = std::size_t{1} << 30;
int rounds = 7;

/// The median of some rounds, in seconds, after one that isn't measured.
template <class Act>
double median_of(Act act) {
  act();
  std::vector<double> seconds;
  for (int i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    act();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    seconds.push_back(took.count());
  }
  std::ranges::sort(seconds);
  return seconds[seconds.size() / 2];
}

double gigabytes_a_second(double seconds) { return static_cast<double>(total) / 1e9 / seconds; }

struct limits {
  double up, down;
};

limits bus() {
  ingot::tensor<std::uint8_t, ingot::pinned_allocator<std::uint8_t>> pinned(
      {static_cast<std::int64_t>(total)});
  on_device<std::uint8_t> there({static_cast<std::int64_t>(total)});
  const ingot::memory_space& device = space();
  return {gigabytes_a_second(median_of(
              [&] { device.copy_from_host(device, there.data(), pinned.data(), total); })),
          gigabytes_a_second(
              median_of([&] { device.copy_to_host(device, pinned.data(), there.data(), total); }))};
}

void print(const std::string& what, double speed, double limit) {
  std::printf("%-52s %7.2f GB/s  %5.2f of the bus\n", what.c_str(), speed, speed / limit);
}

template <class Archive>
void measure(const std::filesystem::path& path, std::size_t tensors, const limits& limit) {
  model<on_device> there;
  model<on_host> here;
  const auto each = static_cast<std::int64_t>(total / tensors / sizeof(float));
  for (std::size_t i = 0; i < tensors; ++i) {
    there.layers.emplace_back(ingot::shape{each});
    here.layers.emplace_back(ingot::shape{each});
  }
  const std::string name =
      std::string(Archive::name) + ", " + std::to_string(tensors) + " tensors: ";
  const double saved = median_of([&] { ingot::save<Archive>(there, path); });
  print(name + "device to file", gigabytes_a_second(saved), limit.down);
  // What one thread reads and checks is the other limit: beside it the bus may be idle.
  const double read = median_of([&] { ingot::load(here, path); });
  print(name + "file to host", gigabytes_a_second(read), limit.up);
  for (const auto access : {ingot::access::read, ingot::access::map}) {
    const double loaded = median_of([&] { ingot::load(there, path, {}, {.access = access}); });
    print(name + "file to device, " + (access == ingot::access::map ? "mapped" : "read"),
          gigabytes_a_second(loaded), limit.up);
  }
  there.layers.clear();
  const double made = median_of([&] {
    model<on_device> anew;
    anew.layers.resize(tensors);
    ingot::load(anew, path);
  });
  print(name + "file to new memory, and freed", gigabytes_a_second(made), limit.up);
  std::filesystem::remove(path);
}

}  // namespace

// transfer [FOLDER [MEGABYTES [ROUNDS]]]: FOLDER is where the files are, /dev/shm for a file system
// that costs nothing.
int main(int count, char** words) {
  try {
    if (ingot::cuda::device_count() == 0) {
      std::puts(
          "gpu-bench: there is no CUDA device, no driver, or one too old for this toolkit "
          "(nvidia-smi tells): nothing was measured");
      return 2;
    }
    const std::filesystem::path folder = count > 1 ? words[1] : "/dev/shm";
    if (count > 2) total = std::strtoull(words[2], nullptr, 10) << 20;
    if (total == 0) throw std::invalid_argument("MEGABYTES must be a number above 0");
    if (count > 3) rounds = std::max(1, std::atoi(words[3]));
    // A save writes beside the file that it replaces.
    const std::size_t room = std::filesystem::space(folder).available >> 20;
    if (const std::size_t needed = (2 * total + total / 8) >> 20; room < needed) {
      std::printf(
          "gpu-bench: %s has room for %zu MB, %zu are needed: name another FOLDER, or fewer "
          "MEGABYTES\n",
          folder.c_str(), room, needed);
      return 2;
    }
    const limits limit = bus();
    print("page-locked memory to device", limit.up, limit.up);
    print("device to page-locked memory", limit.down, limit.down);
    std::puts("A save to a path waits for the disk (fsync), where FOLDER is on one.");
    for (const std::size_t each : {total / 8, std::size_t{256} << 10, std::size_t{16} << 10}) {
      measure<ingot::zip>(folder / "ingot_bench.pt", total / each, limit);
      measure<ingot::mapped>(folder / "ingot_bench.safetensors", total / each, limit);
      measure<ingot::binary>(folder / "ingot_bench.ingot", total / each, limit);
    }
    return 0;
  } catch (const std::exception& failure) {
    std::printf("gpu-bench: %s\n", failure.what());
    return 1;
  }
}
