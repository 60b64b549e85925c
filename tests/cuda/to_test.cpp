// SPDX-License-Identifier: Apache-2.0
// A model's whole state in another place.
#include <ingot/state/to.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <ingot/cuda/allocator.hpp>
#include <ingot/cuda/space.hpp>
#include <ingot/cuda/transfer_scope.hpp>
#include <ingot/ingot.hpp>

#include "models.hpp"
#include "stand_in.hpp"

namespace cuda_to_test {

namespace {

using ingot::host_space;
using ingot::cuda::space;
using models::floats;
using models::on_device;

template <template <class> class Tensor>
struct layer {
  Tensor<float> weight{};
  ingot::buffer<Tensor<float>> mean{};
  ingot::transient<Tensor<float>> scratch{};
  float eps = 1e-5F;
};
template <template <class> class Tensor>
struct network {
  std::vector<layer<Tensor>> layers = std::vector<layer<Tensor>>(2);
};
template <class T>
using on_host = ingot::tensor<T>;

network<on_host> example() {
  network<on_host> made;
  float next = 1;
  for (auto& each : made.layers) {
    for (ingot::tensor<float>* tensor :
         {&each.weight, static_cast<ingot::tensor<float>*>(&each.mean),
          static_cast<ingot::tensor<float>*>(&each.scratch)}) {
      *tensor = ingot::tensor<float>({2});
      (*tensor)[0] = next;
      next += 1;
    }
    each.eps = 0.5F;
  }
  return made;
}

/// The first elements, in the order of example().
template <template <class> class Tensor>
std::vector<float> firsts(const network<Tensor>& model) {
  std::vector<float> result;
  for (const auto& each : model.layers) {
    result.push_back(floats<Tensor<float>>(each.weight)[0]);
    result.push_back(floats<Tensor<float>>(each.mean)[0]);
    result.push_back(floats<Tensor<float>>(each.scratch)[0]);
  }
  return result;
}

const std::vector<float> expected{1, 2, 3, 4, 5, 6};

}  // namespace

TEST_CASE("a model goes to a device and back as a model of another type, transients too") {
  models::fresh_runtime();
  {
    const auto host = example();
    const auto there = ingot::to<network<on_device>>(host, space(1));
    CHECK(firsts(there) == expected);
    CHECK(&there.layers[1].scratch.get_allocator().space() == &space(1));
    CHECK(there.layers[0].eps == 1e-5F);  // not state
    const auto back = ingot::to<network<on_host>>(there, host_space);
    CHECK(firsts(back) == expected);
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("a model goes from one device to another, all of it, and nothing is copied twice") {
  models::fresh_runtime();
  {
    auto model = ingot::to<network<on_device>>(example(), space(0));
    model.layers[0].eps = 0.25F;
    model = ingot::to(std::move(model), space(1));
    CHECK(firsts(model) == expected);
    for (const auto& each : model.layers) {
      CHECK(&each.weight.get_allocator().space() == &space(1));
      CHECK(&each.mean.get_allocator().space() == &space(1));
      CHECK(&each.scratch.get_allocator().space() == &space(1));
    }
    CHECK(model.layers[0].eps == 0.25F);
    const auto before = stand_in::calls("cudaMalloc");
    model = ingot::to(std::move(model), space(1));  // it is there
    CHECK(stand_in::calls("cudaMalloc") == before);
    const auto copy = ingot::to(model, space(0));
    CHECK(firsts(copy) == expected);
    CHECK(firsts(model) == expected);
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("what goes from devices to devices is waited for once") {
  models::fresh_runtime();
  {
    auto model = ingot::to<network<on_device>>(example(), space(0));
    const int waits = stand_in::calls("cudaStreamSynchronize");
    const int copies = stand_in::calls("cudaMemcpyPeerAsync");
    const int events = stand_in::calls("cudaEventCreateWithFlags");
    const int buffers = stand_in::calls("cudaMallocHost");
    const auto twin = ingot::to(std::move(model), space(1));
    CHECK(stand_in::calls("cudaMemcpyPeerAsync") == copies + 6);
    CHECK(stand_in::calls("cudaEventCreateWithFlags") == events + 2);  // one a device
    const auto copy = ingot::state_dict(twin).clone();                 // on the same device
    CHECK(stand_in::calls("cudaMemcpyPeerAsync") == copies + 6);
    CHECK(stand_in::calls("cudaStreamSynchronize") == waits + 2);
    CHECK(stand_in::calls("cudaMallocHost") == buffers);
    CHECK(stand_in::pending() == 0);
    CHECK(firsts(twin) == expected);
    CHECK(copy["layers.1.weight"].as<ingot::tensor<float>>()[0] == 4);
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("where a copy between devices fails, what went before it has come to an end") {
  models::fresh_runtime();
  {
    const auto model = ingot::to<network<on_device>>(example(), space(0));
    auto twin = ingot::to<network<on_device>>(example(), space(1));
    stand_in::fail("cudaMemcpyPeerAsync", 4, cudaErrorLaunchFailure);
    CHECK_THROWS_WITH_AS(ingot::copy_state(model, twin), doctest::Contains("already changed: "),
                         ingot::cuda::device_error);
    CHECK(stand_in::pending() == 0);
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("what a load copies from one device to another and then overwrites is copied as it was") {
  models::fresh_runtime();
  {
    constexpr std::int64_t size = 5 * ingot::transfer_piece / sizeof(float);
    struct pair {
      on_device<float> target, online;
    };
    const ingot::cuda::transfer_scope few({.pinned_bytes = 2 * ingot::transfer_piece});
    const ingot::tensor<float> zeros({size});
    ingot::tensor<float> ones({size});
    for (float& each : ones) each = 1;
    pair model{on_device<float>({size}),
               on_device<float>({size}, ingot::cuda_allocator<float>(space(1)))};
    ingot::load_state_dict(model, ingot::dict{{"target", zeros}, {"online", ones}});
    std::stringstream file;
    ingot::save(ingot::dict{{"online", zeros}}, file);
    const auto next = ingot::open(file);
    const auto state = ingot::state_dict(model);
    ingot::load_state_dict(model,
                           ingot::dict{{"target", state["online"]}, {"online", next["online"]}});
    CHECK(floats(model.target) == std::vector<float>(ones.begin(), ones.end()));
    CHECK(floats(model.online) == std::vector<float>(zeros.begin(), zeros.end()));
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("what a load copies within a model is copied in the model's order, as in PyTorch") {
  models::fresh_runtime();
  {
    struct {
      ingot::tensor<float> prev{{1}}, cur{{1}};
      on_device<float> gpu{{1}}, older{{1}}, newer{{1}};
    } model;
    const auto one = [](float content) {
      ingot::tensor<float> made({1});
      made[0] = content;
      return made;
    };
    ingot::load_state_dict(model, ingot::dict{{"prev", one(1)},
                                              {"cur", one(2)},
                                              {"gpu", one(3)},
                                              {"older", one(4)},
                                              {"newer", one(5)}});
    const auto state = ingot::state_dict(model);
    ingot::load_state_dict(model, ingot::dict{{"prev", state["cur"]},
                                              {"cur", state["gpu"]},
                                              {"gpu", one(6)},
                                              {"older", state["newer"]},
                                              {"newer", state["gpu"]}});
    CHECK(model.prev[0] == 2);
    CHECK(model.cur[0] == 3);
    CHECK(floats(model.older)[0] == 5);
    CHECK(floats(model.newer)[0] == 6);
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("a twin's storage decides where the state goes, unless a space is said") {
  models::fresh_runtime();
  {
    models::mixed twin;
    ingot::copy_state(models::example(), twin);
    CHECK(models::is_example(twin));
    CHECK(&twin.weight.get_allocator().space() == &space(1));
    try {
      ingot::to<models::mixed>(models::example(), space(1));
      CHECK_MESSAGE(false, "pinned memory can't lie on a device");
    } catch (const ingot::value_error& failure) {
      CHECK(std::string(failure.what()).find("can lie on cuda:1") != std::string::npos);
    }
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("memory that others own stays where it is") {
  models::fresh_runtime();
  on_device<float> memory({6});
  models::borrowed model{{memory.data(), {2, 2}, space(0)}, {memory.data() + 4, {2}, space(0)}};
  CHECK_THROWS_AS(ingot::to(model, space(1)), ingot::value_error);
  ingot::copy_state(models::example(), model);
  CHECK(floats(memory) == std::vector<float>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("another structure is a mismatch, and a tensor without a shape can't go anywhere") {
  models::fresh_runtime();
  network<on_device> smaller;
  smaller.layers.resize(1);
  CHECK_THROWS_AS(ingot::copy_state(example(), smaller), ingot::mismatch_error);
  CHECK_THROWS_AS(ingot::to(models::on_one{}, space(1)), ingot::value_error);
}

TEST_CASE("where a device fails on the way, the original is what it was and nothing leaks") {
  for (const char* call : {"cudaMalloc", "cudaMallocHost", "cudaMemcpyBatchAsync"}) {
    CAPTURE(call);
    models::fresh_runtime();
    {
      const auto model = example();
      stand_in::fail(call, 1, cudaErrorMemoryAllocation);
      CHECK_THROWS_AS(ingot::to<network<on_device>>(model, space(1)), ingot::cuda::device_error);
      CHECK(firsts(model) == expected);
    }
    CHECK(models::nothing_is_left());
  }
}

}  // namespace cuda_to_test
