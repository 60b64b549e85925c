// SPDX-License-Identifier: Apache-2.0
// The same state by LibTorch's C++ functions for torch.save's files: pickle_save and pickle_load.
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>
#include <torch/csrc/jit/serialization/pickle.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "../measure.hpp"

namespace {

c10::IValue load(const std::filesystem::path& path) {
  std::vector<char> bytes(std::filesystem::file_size(path));
  std::ifstream(path, std::ios::binary).read(bytes.data(), std::ssize(bytes));
  return torch::jit::pickle_load(bytes);
}

void save(const c10::IValue& state, const std::filesystem::path& path) {
  const std::vector<char> bytes = torch::jit::pickle_save(state);
  std::ofstream(path, std::ios::binary).write(bytes.data(), std::ssize(bytes));
}

}  // namespace

int main(int count, char** values) {
  const bench::arguments at = bench::initialize(count, values);
  const at::NoGradGuard no_gradients;
  const auto state = load(at.state_file());
  const auto file = at.folder / "libtorch.pt";
  bench::measure_save("save/LibTorch", file, [&, file] { save(state, file); });
  const auto from = at.state_file();
  bench::measure_load("load/LibTorch", [from] { return load(from); });
  bench::measure_warm_load("load warm/LibTorch", [&, from] {
    const auto loaded = load(from).toGenericDict();
    const auto into = state.toGenericDict();
    for (const auto& entry : into)
      entry.value().toTensor().copy_(loaded.at(entry.key()).toTensor());
  });
  benchmark::RunSpecifiedBenchmarks();
}
