// SPDX-License-Identifier: Apache-2.0
// The floor, and cereal: `raw` is one write() or read() of all of the state's bytes, nothing else.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cereal/archives/binary.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "../measure.hpp"
#include "../workloads.hpp"

namespace {

/// A state_dict's entry as a user of cereal would write it.
struct named_bytes {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<std::uint8_t> bytes;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, shape, bytes);
  }
};

using state = std::vector<named_bytes>;

template <class Model>
state state_of(const Model& model) {
  state result;
  for (const auto& [key, tensor] : ingot::state_dict(model)) {
    const ingot::tensor_data& data = tensor.tensor();
    const auto* first = reinterpret_cast<const std::uint8_t*>(data.bytes->data());
    result.push_back({std::string(key.text()),
                      {data.shape.begin(), data.shape.end()},
                      {first, first + data.bytes->size()}});
  }
  return result;
}

/// Memory from the allocator of ingot::tensor: huge pages make it the lower floor.
using block = ingot::tensor<std::uint8_t>;

block joined(const state& tensors) {
  std::int64_t size = 0;
  for (const named_bytes& each : tensors) size += static_cast<std::int64_t>(each.bytes.size());
  block result({size});
  std::uint8_t* to = result.data();
  for (const named_bytes& each : tensors) {
    to = std::copy(each.bytes.begin(), each.bytes.end(), to);
  }
  return result;
}

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

/// `call` is write or read; a call moves 2 GB at most.
template <class Call, class Byte>
void transfer(Call call, int file, std::span<Byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t done = call(file, bytes.data(), bytes.size());
    check(done > 0, "raw: write or read failed");
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
}

void write_raw(const std::filesystem::path& path, const block& bytes, bool durable) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  transfer(::write, file, bytes.elements());
  check(!durable || ::fsync(file) == 0, "raw: fsync failed");
  check(::close(file) == 0, "raw: close failed");
}

void read_raw(const std::filesystem::path& path, block& into) {
  const int file = ::open(path.c_str(), O_RDONLY);
  transfer(::read, file, into.elements());
  ::close(file);
}

void measure_raw(const std::filesystem::path& file, block& bytes) {
  bench::measure_save("save, durable/raw", file, [&, file] { write_raw(file, bytes, true); });
  bench::measure_save("save/raw", file, [&, file] { write_raw(file, bytes, false); });
  bench::measure_load("load/raw", [&, file] {
    block fresh = block::uninitialized(bytes.shape());
    read_raw(file, fresh);
    return fresh;
  });
  bench::measure_warm_load("load warm/raw", [&, file] { read_raw(file, bytes); });
}

void load_cereal(const std::filesystem::path& file, state& into) {
  std::ifstream in(file, std::ios::binary);
  cereal::BinaryInputArchive{in}(into);
}

void measure_cereal(const std::filesystem::path& file, state& tensors) {
  bench::measure_save("save/cereal", file, [&, file] {
    std::ofstream out(file, std::ios::binary);
    cereal::BinaryOutputArchive{out}(tensors);
    out.close();
    check(!!out, "cereal: the file could not be written");
  });
  bench::measure_load("load/cereal", [file] {
    state fresh;
    load_cereal(file, fresh);
    return fresh;
  });
  bench::measure_warm_load("load warm/cereal", [&, file] { load_cereal(file, tensors); });
}

}  // namespace

int main(int count, char** values) {
  const bench::arguments at = bench::initialize(count, values);
  state tensors;
  if (!bench::with_workload(at.workload, [&](const auto& model) { tensors = state_of(model); })) {
    return 2;
  }
  block bytes = joined(tensors);
  measure_raw(at.folder / "raw.bin", bytes);
  measure_cereal(at.folder / "cereal.bin", tensors);
  benchmark::RunSpecifiedBenchmarks();
}
