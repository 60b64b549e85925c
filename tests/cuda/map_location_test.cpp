// SPDX-License-Identifier: Apache-2.0
// A file that PyTorch saved on GPUs, and where its tensors go.
#include <ingot/core/map_location.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include <ingot/cuda/allocator.hpp>
#include <ingot/cuda/space.hpp>
#include <ingot/ingot.hpp>

#include "models.hpp"
#include "stand_in.hpp"

namespace cuda_map_location_test {

namespace {

using ingot::device;
using ingot::host_space;
using ingot::cuda::by_tag;
using ingot::cuda::space;

/// model.weight and model.bias of cuda:0, step of cuda:1, rng of cpu.
const std::string file = INGOT_SOURCE_DIR "/tests/data/torch_cuda.pt";

using bytes = std::vector<std::uint8_t>;

std::vector<float> floats(const ingot::value& tensor) { return tensor.as<std::vector<float>>(); }
bytes octets(const ingot::value& tensor) { return tensor.as<bytes>(); }

const ingot::memory_space& place_of(const ingot::value& tensor) {
  return tensor.tensor().bytes->space();
}

/// Which spaces the four tensors are in, and that they hold what they should.
std::vector<std::string> places(const ingot::value& checkpoint) {
  std::vector<std::string> result;
  const auto look_at = [&](const ingot::value& tensor) {
    REQUIRE(tensor.tensor().bytes->in_memory());
    CHECK(tensor.tensor().device == device_of(place_of(tensor)));
    result.push_back(to_string(tensor.tensor().device));
  };
  look_at(checkpoint["model"]["weight"]);
  look_at(checkpoint["model"]["bias"]);
  look_at(checkpoint["step"]);
  look_at(checkpoint["rng"]);
  CHECK(floats(checkpoint["model"]["bias"]) == std::vector<float>{5, 6});
  CHECK(checkpoint["step"].as<float>() == 7);
  CHECK(octets(checkpoint["rng"]) == bytes{0, 1, 2});
  return result;
}

using names = std::vector<std::string>;

template <class F>
std::string failure_of(F f) {
  try {
    f();
  } catch (const ingot::value_error& failure) {
    return failure.what();
  }
  return {};
}

}  // namespace

TEST_CASE("what was saved on GPUs is opened and listed on a machine without one") {
  models::fresh_runtime(0);
  const auto checkpoint = ingot::open(file);
  CHECK(checkpoint["model"]["weight"].tensor().device == device("cuda:0"));
  CHECK(checkpoint["step"].tensor().device == device("cuda:1"));
  CHECK(checkpoint["step"].as<float>() == 7);  // its own storage decides
}

TEST_CASE("saved on GPU, loaded on CPU: map_location says so") {
  models::fresh_runtime(0);
  const auto all = ingot::open(file, {.map_location = host_space});
  CHECK(places(all.clone()) == names{"cpu", "cpu", "cpu", "cpu"});
  CHECK(all["step"].tensor().device == device("cpu"));
}

TEST_CASE("without map_location it is an error that names it, as in PyTorch") {
  models::fresh_runtime(0);
  const auto checkpoint = ingot::open(file);
  const std::string told = failure_of([&] { checkpoint.clone(); });
  CAPTURE(told);
  CHECK(told.starts_with(file));
  CHECK(told.find("saved from cuda:0") != std::string::npos);
  CHECK(told.find("open(path, {.map_location = ingot::host_space})") != std::string::npos);
  CHECK(octets(checkpoint["rng"].clone()) == bytes{0, 1, 2});
}

TEST_CASE("saved on GPU, loaded on GPU: another one, or the one of the tag") {
  models::fresh_runtime();
  {
    const auto second = ingot::open(file, {.map_location = space(1)}).clone();
    CHECK(places(second) == names{"cuda:1", "cuda:1", "cuda:1", "cuda:1"});
    const auto same = ingot::open(file, {.map_location = by_tag}).clone();
    CHECK(places(same) == names{"cuda:0", "cuda:0", "cuda:1", "cpu"});
    const auto swapped =
        ingot::open(file, {.map_location = {{"cuda:0", space(1)}, {"cuda:1", space(0)}}}).clone();
    CHECK(places(swapped) == names{"cuda:1", "cuda:1", "cuda:0", "cpu"});
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("a function decides by the tag; where it doesn't, it is as if nothing was said") {
  models::fresh_runtime();
  const auto first_only = [](const device& tag) -> const ingot::memory_space* {
    return tag.index() == 0 ? &space(1) : nullptr;
  };
  const auto checkpoint = ingot::open(file, {.map_location = first_only});
  CHECK(&place_of(checkpoint["model"]["weight"].clone()) == &space(1));
  CHECK(failure_of([&] { checkpoint["step"].clone(); }).find("map_location") != std::string::npos);
  const auto partial = ingot::open(file, {.map_location = {{"cuda:1", host_space}}});
  CHECK(&place_of(partial["step"].clone()) == &host_space);
  CHECK_THROWS_AS(partial.clone(), ingot::value_error);
}

TEST_CASE("a tag of a GPU that this machine lacks is an error that names map_location") {
  models::fresh_runtime(1);
  const auto checkpoint = ingot::open(file, {.map_location = by_tag});
  CHECK(&place_of(checkpoint["model"]["weight"].clone()) == &space(0));
  const std::string told = failure_of([&] { checkpoint["step"].clone(); });
  CAPTURE(told);
  CHECK(told.find("cuda:1") != std::string::npos);
  CHECK(told.find("which has 1") != std::string::npos);
  CHECK(told.find(".map_location = ") != std::string::npos);
}

TEST_CASE("a tag without a number is the first device, where there is one") {
  models::fresh_runtime();
  CHECK(by_tag(device("cuda")) == &space(0));
  models::fresh_runtime(0);
  CHECK_THROWS_WITH_AS(by_tag(device("cuda")), doctest::Contains("map_location"),
                       ingot::value_error);
}

TEST_CASE("saved on CPU, loaded on GPU") {
  models::fresh_runtime();
  {
    const std::string small = INGOT_SOURCE_DIR "/tests/data/torch_small.pt";
    const auto there = ingot::open<ingot::zip>(small, {.map_location = space(1)}).clone();
    CHECK(&place_of(there["w"]) == &space(1));
    CHECK(floats(there["w"]) == std::vector<float>{1.5, -2});
    CHECK(there["e"].shape() == ingot::shape{0});
    CHECK(octets(there["b"]).at(69) == 69);
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("a model's storage decides for itself, whatever the file's tags and map_location say") {
  models::fresh_runtime();
  {
    const auto checkpoint = ingot::open(file, {.map_location = space(0)});
    models::on_host host;
    ingot::load_state_dict(host, checkpoint["model"]);
    CHECK(models::is_example(host));
    models::mixed other;
    ingot::load_state_dict(other, checkpoint["model"]);
    CHECK(models::is_example(other));
    CHECK(&other.weight.get_allocator().space() == &space(1));
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("a clone of what is on a device stays there") {
  models::fresh_runtime();
  {
    const auto there = ingot::open(file, {.map_location = space(1)}).clone();
    const auto copy = there.clone();
    CHECK(places(copy) == names{"cuda:1", "cuda:1", "cuda:1", "cuda:1"});
    CHECK(copy["step"].tensor().bytes->data() != there["step"].tensor().bytes->data());
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("a tag and a space are told apart") {
  CHECK(&space(device("cuda:1")) == &space(1));
  CHECK(&space(device("cuda")) == &space(0));
  CHECK_THROWS_AS(space(device("cpu")), ingot::value_error);
  CHECK_THROWS_AS(ingot::open(file, {.map_location = {{"cuda:x", host_space}}}),
                  ingot::value_error);
}

}  // namespace cuda_map_location_test
