// SPDX-License-Identifier: Apache-2.0
// Devices that fail in the middle: what is told, what has changed, what leaks.
#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <ingot/cuda/allocator.hpp>
#include <ingot/cuda/space.hpp>
#include <ingot/cuda/transfer_scope.hpp>
#include <ingot/ingot.hpp>

#include "models.hpp"
#include "stand_in.hpp"

namespace cuda_failure_test {

namespace {

using ingot::cuda::device_error;
using ingot::cuda::space;
using ingot::cuda::transfer_scope;
using models::floats;
using models::on_device;
using models::on_host;
using models::saved;

/// Fails each call of `functions` in turn until `act` gets through without it, and looks each time
/// that the status was told, with the file, and nothing leaked.
template <class Act>
void fail_each(const std::vector<std::string>& functions, const std::string& file, Act act) {
  for (const std::string& function : functions) {
    CAPTURE(function);
    int failed = 0;
    for (bool again = true; again;) {
      models::fresh_runtime();
      CAPTURE(failed);
      try {
        act([&] {
          ingot::cuda::release_pinned_memory();
          stand_in::fail(function, failed + 1, cudaErrorIllegalAddress);
        });
        again = false;
      } catch (const device_error& failure) {
        ++failed;
        CAPTURE(std::string(failure.what()));
        CHECK(failure.code() == cudaErrorIllegalAddress);
        CHECK(failure.info().file == file);
        CHECK(std::string(failure.what()).find(function) != std::string::npos);
        CHECK(std::string(failure.what()).find("end the process") != std::string::npos);
      }
      stand_in::fail_no_more();
      CHECK(cudaPeekAtLastError() == cudaSuccess);
      CHECK(models::nothing_is_left());
    }
    CHECK_MESSAGE(failed > 0, "it was never called");
  }
}

const std::vector<std::string> up{
    "cudaGetDevice",   "cudaMallocHost",       "cudaEventCreateWithFlags",
    "cudaEventRecord", "cudaEventSynchronize", "cudaMemcpyAsync"};

struct pair {
  on_device<float> weight, bias;
};

constexpr std::int64_t large = 5 * ingot::transfer_piece / sizeof(float);

on_host large_model() { return {ingot::tensor<float>({large}), ingot::tensor<float>({large})}; }

}  // namespace

TEST_CASE("whichever call of a load fails is told, and nothing leaks") {
  const auto path = std::filesystem::temp_directory_path() / "ingot_failing_load_test.pt";
  ingot::save(large_model(), path);
  fail_each(up, path.string(), [&](auto fail) {
    const transfer_scope few({.pinned_bytes = 2 * ingot::transfer_piece});
    pair model;
    fail();
    ingot::load(model, path);
  });
  std::filesystem::remove(path);
}

TEST_CASE("whichever call of a save fails is told, the old file stays, and nothing leaks") {
  const auto path = std::filesystem::temp_directory_path() / "ingot_failing_save_test.pt";
  fail_each(up, path.string(), [&](auto fail) {
    const ingot::dict old{{"a", 1}};
    ingot::save(old, path);
    const auto model = ingot::to<pair>(large_model(), space());
    const transfer_scope few({.pinned_bytes = 2 * ingot::transfer_piece});
    fail();
    try {
      ingot::save(model, path);
    } catch (...) {
      stand_in::fail_no_more();
      CHECK(ingot::open(path)["a"].as<int>() == 1);
      throw;
    }
  });
  std::filesystem::remove(path);
}

TEST_CASE("whichever call of a clone or a snapshot fails is told, and nothing leaks") {
  const auto file = saved<ingot::zip>(large_model());
  const auto path = std::filesystem::temp_directory_path() / "ingot_failing_clone_test.pt";
  ingot::save(large_model(), path);
  std::vector<std::string> to_the_second = up;
  to_the_second.push_back("cudaSetDevice");
  fail_each(to_the_second, path.string(), [&](auto fail) {
    const transfer_scope few({.pinned_bytes = 2 * ingot::transfer_piece});
    const auto state = ingot::open(path, {.map_location = space(1)});
    fail();
    const ingot::value there = state.clone();
  });
  fail_each({"cudaEventRecord", "cudaEventSynchronize"}, {}, [&](auto fail) {
    const auto there = ingot::open(path, {.map_location = space(1)}).clone();
    fail();
    const ingot::value here = ingot::snapshot(there);
  });
  std::filesystem::remove(path);
}

TEST_CASE("a load that fails in the middle names what had changed") {
  models::fresh_runtime();
  {
    const auto file = saved<ingot::binary>(large_model());
    const transfer_scope few({.pinned_bytes = 2 * ingot::transfer_piece});
    pair model{on_device<float>({large}), on_device<float>({large})};
    stand_in::fail("cudaMemcpyAsync", 4, cudaErrorIllegalAddress);
    CHECK_THROWS_WITH_AS(ingot::load(model, file), doctest::Contains("already changed: weight"),
                         device_error);
    stand_in::fail("cudaMemcpyAsync", 7, cudaErrorIllegalAddress);
    CHECK_THROWS_WITH_AS(ingot::load(model, file),
                         doctest::Contains("already changed: weight, bias"), device_error);
    pair fresh;  // its storage is new, and is swapped in at the end
    stand_in::fail("cudaMemcpyAsync", 7, cudaErrorIllegalAddress);
    CHECK_THROWS_WITH_AS(ingot::load(fresh, file), doctest::Contains("nothing was changed"),
                         device_error);
    CHECK(!fresh.weight.defined());
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("whichever call of copies between devices fails is told, and the original stays") {
  const auto host = large_model();
  const std::vector<std::string> across{"cudaEventCreateWithFlags", "cudaEventRecord",
                                        "cudaStreamWaitEvent", "cudaMemcpyPeerAsync",
                                        "cudaStreamSynchronize"};
  fail_each(across, {}, [&](auto fail) {
    auto model = ingot::to<pair>(host, space());
    fail();
    try {
      model = ingot::to(std::move(model), space(1));
    } catch (...) {
      stand_in::fail_no_more();
      CHECK(&model.weight.get_allocator().space() == &space());
      throw;
    }
  });
  fail_each({"cudaMemcpyAsync", "cudaStreamSynchronize"}, {}, [&](auto fail) {
    const auto model = ingot::to<pair>(host, space(1));
    const auto state = ingot::state_dict(model);
    fail();
    const ingot::value copy = state.clone();
  });
}

TEST_CASE("where tensors come from several files, a failed copy is told without one") {
  models::fresh_runtime();
  const auto folder = std::filesystem::temp_directory_path();
  const auto one = folder / "ingot_failing_one_test.pt", two = folder / "ingot_failing_two_test.pt";
  ingot::save(large_model(), one);
  ingot::save(large_model(), two);
  const transfer_scope few({.pinned_bytes = 2 * ingot::transfer_piece});
  for (const auto& [second, told] : {std::pair{two, std::string()}, {one, one.string()}}) {
    const ingot::dict state{{"a", ingot::open(one, {.map_location = space()})},
                            {"b", ingot::open(second, {.map_location = space()})}};
    ingot::cuda::release_pinned_memory();
    stand_in::fail("cudaEventSynchronize", 10, cudaErrorIllegalAddress);
    try {
      (void)ingot::value(state).clone();
      CHECK_MESSAGE(false, "it must fail");
    } catch (const device_error& failure) {
      CHECK(failure.info().file == told);
    }
    stand_in::fail_no_more();
  }
  std::filesystem::remove(one);
  std::filesystem::remove(two);
}

TEST_CASE("where the copy back of all_or_nothing fails, the error names what had changed") {
  models::fresh_runtime();
  {
    on_device<float> first({3}), second({3});
    struct {
      ingot::tensor_ref<float> weight, bias;
    } model{{first.data(), {3}, space()}, {second.data(), {3}, space()}};
    const ingot::dict state{{"weight", ingot::tensor<float>({3})},
                            {"bias", ingot::tensor<float>({3})}};
    stand_in::fail("cudaMemcpyAsync", 2, cudaErrorIllegalAddress);
    CHECK_THROWS_WITH_AS(ingot::load_state_dict(model, state, {.all_or_nothing = true}),
                         doctest::Contains("already changed: weight, bias"), device_error);
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("a damaged file is told after a part of it is on its way, and nothing leaks") {
  models::fresh_runtime();
  {
    auto file = saved<ingot::zip>(large_model());
    file[file.size() / 2] ^= std::byte{1};
    pair model;
    CHECK_THROWS_AS(ingot::load(model, file), ingot::format_error);
    CHECK(!model.weight.defined());
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("a device without room for a tensor is told with the file and the tensor") {
  models::fresh_runtime();
  const auto path = std::filesystem::temp_directory_path() / "ingot_no_room_test.pt";
  ingot::save(large_model(), path);
  pair model;
  stand_in::fail("cudaMalloc", 2, cudaErrorMemoryAllocation);
  CHECK_THROWS_WITH_AS(ingot::load(model, path),
                       doctest::Contains((path.string() + ": bias: cuda:0: cudaMalloc: ").c_str()),
                       device_error);
  CHECK(!model.weight.defined());
  const auto state = ingot::open(path, {.map_location = space(0)});
  stand_in::fail("cudaMalloc", 1, cudaErrorMemoryAllocation);
  CHECK_THROWS_WITH_AS((void)state.clone(), doctest::Contains((path.string() + ": ").c_str()),
                       device_error);
  const std::string told = path.string() + "[\"weight\"]: cuda:0: ";
  stand_in::fail("cudaMalloc", 1, cudaErrorMemoryAllocation);
  CHECK_THROWS_WITH_AS((void)state["weight"].as<on_device<float>>(),
                       doctest::Contains((told + "cudaMalloc").c_str()), device_error);
  stand_in::fail("cudaMemcpyAsync", 1, cudaErrorIllegalAddress);
  const std::string told_of_a_part = path.string() + "[\"weight\"].narrow(0, 1, 2): cuda:0: ";
  CHECK_THROWS_WITH_AS((void)state["weight"].narrow(0, 1, 2).as<on_device<float>>(),
                       doctest::Contains((told_of_a_part + "cudaMemcpyAsync").c_str()),
                       device_error);
  std::filesystem::remove(path);
}

TEST_CASE("page-locked memory that isn't there is told with the option that bounds it") {
  models::fresh_runtime();
  const auto file = saved<ingot::zip>(large_model());
  pair model;
  stand_in::fail("cudaMallocHost", 1, cudaErrorMemoryAllocation);
  CHECK_THROWS_WITH_AS(ingot::load(model, file), doctest::Contains("pinned_bytes"), device_error);
}

}  // namespace cuda_failure_test
