// SPDX-License-Identifier: Apache-2.0
// Saves and loads a workload with Ingot, as a user's program does: typed model to file and back.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "measure.hpp"
#include "workloads.hpp"

namespace {

/// Saves to files of its own and loads `state`, which the peers of the format may have to read too.
template <ingot::archive Archive, class Model>
void measure_archive(const std::string& column, const Model& model, Model& warm,
                     const std::filesystem::path& file, const std::filesystem::path& state) {
  // To a path: complete and on the disk (fsync), or not there. No peer does that.
  bench::measure_save("save, durable/" + column, file,
                      [&model, file] { ingot::save<Archive>(model, file); });
  // To a stream, which leaves the disk to the system as every peer does.
  bench::measure_save("save/" + column, file, [&model, file] {
    std::ofstream out(file, std::ios::binary);
    ingot::save<Archive>(model, out);
    out.close();
    if (!out) throw std::runtime_error("the file could not be written");
  });
  ingot::save<Archive>(model, state);
  bench::measure_load("load/" + column, [state] {
    Model loaded = bench::unloaded<Model>();
    ingot::load<Archive>(loaded, state);
    return loaded;
  });
  bench::measure_warm_load("load warm/" + column,
                           [&warm, state] { ingot::load<Archive>(warm, state); });
}

template <class Model>
void measure_model(const Model& model, const bench::arguments& at) {
  Model warm = model;
  measure_archive<ingot::zip>("ingot", model, warm, at.folder / "ingot.pt", at.state_file());
  measure_archive<ingot::binary>("binary", model, warm, at.folder / "ingot.ingot",
                                 at.folder / "state.ingot");
  measure_archive<ingot::mapped>("mapped", model, warm, at.folder / "ingot.safetensors",
                                 at.folder / "state.safetensors");
  benchmark::RunSpecifiedBenchmarks();
}

}  // namespace

int main(int count, char** values) {
  const bench::arguments at = bench::initialize(count, values);
  return bench::with_workload(at.workload, [&](const auto& model) { measure_model(model, at); })
             ? 0
             : 2;
}
