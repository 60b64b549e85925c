// SPDX-License-Identifier: Apache-2.0
// Saves and loads a workload with Ingot, as a user's program does: typed model to file and back.
#include <benchmark/benchmark.h>

#include <fstream>
#include <stdexcept>

#include "measure.hpp"
#include "workloads.hpp"

namespace {

template <class Model>
void measure_model(const Model& model, const bench::arguments& at) {
  const auto file = at.folder / "ingot.pt";
  // To a path: complete and on the disk (fsync), or not there. No peer does that.
  bench::measure_save("save, durable/ingot", file, [&model, file] { ingot::save(model, file); });
  // To a stream, which leaves the disk to the system as every peer does.
  bench::measure_save("save/ingot", file, [&model, file] {
    std::ofstream out(file, std::ios::binary);
    ingot::save(model, out);
    out.close();
    if (!out) throw std::runtime_error("the file could not be written");
  });
  const auto state = at.state_file();
  ingot::save(model, state);
  bench::measure_load("load/ingot", [state] {
    Model loaded = bench::unloaded<Model>();
    ingot::load(loaded, state);
    return loaded;
  });
  Model warm = model;
  bench::measure_warm_load("load warm/ingot", [&warm, state] { ingot::load(warm, state); });
  benchmark::RunSpecifiedBenchmarks();
}

}  // namespace

int main(int count, char** values) {
  const bench::arguments at = bench::initialize(count, values);
  return bench::with_workload(at.workload, [&](const auto& model) { measure_model(model, at); })
             ? 0
             : 2;
}
