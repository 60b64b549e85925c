// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>

namespace bench {

/// What every program is told: `PROGRAM FOLDER WORKLOAD`. All files are in the folder.
struct arguments {
  std::filesystem::path folder;
  std::string workload;

  /// What `ingot_bench` writes and every reader of .pt files reads.
  std::filesystem::path state_file() const { return folder / "state.pt"; }
};

/// Reads the command line and hands the rest of it to Google Benchmark.
inline arguments initialize(int count, char** values) {
  benchmark::Initialize(&count, values);
  if (count != 3) {
    std::cerr << "usage: " << values[0] << " FOLDER demo|resnet50|tensors [--benchmark_...]\n";
    std::exit(2);
  }
  return {values[1], values[2]};
}

/// Registers a measurement of steady state: what the first call pays alone (code, memory that the
/// host of a virtual machine must find) isn't in it. `prepare` runs before each iteration, and what
/// `work` returns is destroyed after it, outside of the time.
template <class Prepare, class Work>
void measure(const std::string& name, Prepare prepare, Work work) {
  const auto run = [prepare, work](benchmark::State& state) {
    prepare();
    work();
    for ([[maybe_unused]] auto _ : state) {
      prepare();
      const auto start = std::chrono::steady_clock::now();
      [[maybe_unused]] const auto result = work();
      const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
      state.SetIterationTime(passed.count());
    }
  };
  benchmark::RegisterBenchmark(name.c_str(), run)
      ->UseManualTime()
      ->MinTime(0.1)
      ->Repetitions(3)
      ->ReportAggregatesOnly()
      ->Unit(benchmark::kMillisecond);
}

/// Writing `file`, which doesn't exist before.
template <class Work>
void measure_save(const std::string& name, const std::filesystem::path& file, Work work) {
  measure(
      name, [file] { std::filesystem::remove(file); },
      [work] {
        work();
        return 0;
      });
}

/// Reading into memory that the process doesn't have yet: the allocator gives back what was freed.
template <class Work>
void measure_load(const std::string& name, Work work) {
  measure(name, [] { malloc_trim(0); }, work);
}

/// Reading into memory that is there.
template <class Work>
void measure_warm_load(const std::string& name, Work work) {
  measure(
      name, [] {},
      [work] {
        work();
        return 0;
      });
}

}  // namespace bench
