// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/archive/load.hpp>
#include <ingot/archive/open.hpp>
#include <ingot/archive/save.hpp>
#include <ingot/archive/save_sharded.hpp>
#include <ingot/state/as.hpp>
#include <ingot/storage/tensor.hpp>

#include "../io/temporary_folder.hpp"
#include "toy_archive.hpp"

namespace save_test {
namespace {

struct linear {
  ingot::tensor<float> weight{ingot::shape{2, 3}}, bias{ingot::shape{2}};
};

struct incomplete {
  [[maybe_unused]] static constexpr std::string_view name = "incomplete";
};
static_assert(!ingot::archive<incomplete>);
static_assert(ingot::archive<ingot::zip>);

}  // namespace

TEST_CASE("a model is saved by its name, as its state_dict") {
  const temporary_folder folder;
  linear model;
  model.weight[5] = 2;
  ingot::save(model, folder / "model.pt");
  const auto opened = ingot::open(folder / "model.pt");
  CHECK(opened.size() == 2);
  CHECK(opened["weight"].as<ingot::tensor<float>>()[5] == 2);
  ingot::save(linear{}, folder / "temporary.pt");
  CHECK(ingot::open(folder / "temporary.pt").size() == 2);
}

TEST_CASE("the same state gives the same bytes, whatever it is saved to") {
  const temporary_folder folder;
  const linear model;
  ingot::save(model, folder / "a.pt");
  ingot::save(ingot::state_dict(model), folder / "without_suffix");
  std::ostringstream out;
  ingot::save(model, out);
  CHECK(read_text(folder / "a.pt") == out.str());
  CHECK(read_text(folder / "without_suffix") == out.str());
}

TEST_CASE("what a format can't hold is an error that names the file") {
  const temporary_folder folder;
  const auto path = folder / "model.safetensors";
  CHECK_THROWS_WITH_AS(ingot::save(ingot::dict{{"epoch", 3}}, path),
                       doctest::Contains(path.c_str()), ingot::value_error);
  CHECK_FALSE(std::filesystem::exists(path));
  const auto index = folder / "model.safetensors.index.json";
  CHECK_THROWS_WITH_AS(ingot::save_sharded(ingot::dict{{"epoch", 3}}, index),
                       doctest::Contains(index.c_str()), ingot::value_error);
}

TEST_CASE("an archive of one's own and its options are named") {
  const temporary_folder folder;
  const auto path = folder / "state";
  ingot::save<toy_archive>(ingot::value("hello"), path, {.shout = true});
  CHECK(read_text(path) == "TOYhello!");
  std::ostringstream out;
  out << "before ";
  ingot::save<toy_archive>(ingot::value("hello"), out);
  CHECK(out.str() == "before TOYhello");
}

TEST_CASE("a suffix names the archive, unless it is named otherwise") {
  const temporary_folder folder;
  const linear model;
  const auto path = folder / "model.safetensors";
  ingot::save(model, path);
  CHECK(ingot::open(path).format() == "safetensors");
  ingot::save<ingot::zip>(model, path);
  CHECK(ingot::open(path).format() == "torch-zip");
  CHECK(ingot::open(path).contains("weight"));
  ingot::save(model, folder / "MODEL.SAFETENSORS");
  CHECK(ingot::open(folder / "MODEL.SAFETENSORS").format() == "safetensors");
}

TEST_CASE("a suffix that names no format is refused, unless the archive is named") {
  const temporary_folder folder;
  const linear model;
  for (const char* name : {"model.onnx", "model.json", "model.txt", "model.safetensor", "a.pt2"}) {
    CAPTURE(name);
    CHECK_THROWS_WITH_AS(ingot::save(model, folder / name),
                         doctest::Contains(".safetensors, .ingot, .pt, .pth, .tar, .bin, .ckpt"),
                         ingot::value_error);
    CHECK_FALSE(std::filesystem::exists(folder / name));
  }
  CHECK_THROWS_WITH(ingot::save(model, folder / "model.safetensor"),
                    doctest::Contains("did you mean .safetensors?"));
  ingot::save<ingot::zip>(model, folder / "model.onnx");
  CHECK(ingot::open(folder / "model.onnx").contains("weight"));
}

namespace theirs {

struct net {
  ingot::tensor<float> weight{ingot::shape{2}};
};
// Found by the argument, and better matches than the library's own, if that asked for them.
template <class Policy>
void save(const net&, const std::filesystem::path&) = delete;
template <class Policy>
void save(const net&, std::ostream&) = delete;
ingot::dict state_dict(const net&) = delete;
void collect(const net&) = delete;
void load_state_dict(net&, const ingot::opened_file&, const ingot::load_options&) = delete;

}  // namespace theirs

TEST_CASE("functions beside the user's model that have the library's names aren't called") {
  const temporary_folder folder;
  theirs::net model;
  model.weight[1] = 3;
  ingot::save(model, folder / "model.pt");
  std::ostringstream out;
  ingot::save(model, out);
  theirs::net loaded;
  ingot::load(loaded, folder / "model.pt");
  CHECK(loaded.weight[1] == 3);
}

TEST_CASE("a save that fails leaves the old file and no other") {
  const temporary_folder folder;
  const auto path = folder / "state.toy";
  ingot::save<toy_archive>(ingot::value("old"), path);
  CHECK_THROWS_AS(ingot::save<toy_archive>(ingot::value("new"), path, {.fail = true}),
                  ingot::value_error);
  CHECK_THROWS_AS(ingot::save<toy_archive>(ingot::value(3), path), ingot::value_error);
  CHECK_THROWS_AS(ingot::save(linear{ingot::tensor<float>(), {}}, path), ingot::value_error);
  CHECK(read_text(path) == "TOYold");
  CHECK(folder.count() == 1);
  CHECK_THROWS_AS(ingot::save(ingot::value(3), folder / "no" / "such" / "folder.pt"),
                  ingot::file_error);
}

}  // namespace save_test
