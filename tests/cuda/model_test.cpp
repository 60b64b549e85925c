// SPDX-License-Identifier: Apache-2.0
// Models on devices, with the same calls as on the CPU.
#include <ingot/cuda/allocator.hpp>

#include <doctest/doctest.h>

#include <vector>

#include <ingot/ingot.hpp>
#include <ingot/storage/tensor_ref.hpp>

#include "models.hpp"
#include "stand_in.hpp"

namespace cuda_model_test {

using models::borrowed;
using models::example;
using models::floats;
using models::is_example;
using models::mixed;
using models::on_device;
using models::on_host;
using models::on_one;
using models::saved;

TEST_CASE_TEMPLATE("a model goes from a file to devices and back", Archive, ingot::zip,
                   ingot::mapped, ingot::binary) {
  models::fresh_runtime();
  {
    const auto from_cpu = saved<Archive>(example());
    on_one device;
    ingot::load(device, from_cpu);
    CHECK(is_example(device));
    const auto from_gpu = saved<Archive>(device);
    mixed other;  // GPU to another GPU, and to pinned memory
    ingot::load(other, from_gpu);
    CHECK(is_example(other));
    CHECK(other.weight.get_allocator().space().ordinal == 1);
    on_host back;
    const auto from_both = saved<Archive>(other);
    ingot::load(back, from_both);
    CHECK(is_example(back));
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("a state has the device's tag; a file of PyTorch's says cpu, so that it opens anywhere") {
  models::fresh_runtime();
  mixed model;
  const on_host original = example();
  ingot::load_state_dict(model, ingot::state_dict(original));
  const ingot::dict state = ingot::state_dict(model);
  CHECK(state["weight"].tensor().device == ingot::device("cuda:1"));
  CHECK(state["bias"].tensor().device == ingot::device("cpu"));
  const auto file = saved<ingot::zip>(model);
  const ingot::value again = ingot::open(file);
  CHECK(again["weight"].tensor().device == ingot::device("cpu"));
}

TEST_CASE("memory that others own is loaded in place") {
  models::fresh_runtime();
  on_device<float> memory({6});
  borrowed model{{memory.data(), {2, 2}, ingot::cuda::space(0)},
                 {memory.data() + 4, {2}, ingot::cuda::space(0)}};
  const auto file = saved<ingot::zip>(example());
  ingot::load(model, file);
  CHECK(floats(memory) == std::vector<float>{1, 2, 3, 4, 5, 6});
  on_host back;
  const auto again = saved<ingot::zip>(model);
  ingot::load(back, again);
  CHECK(is_example(back));
}

TEST_CASE("a state goes from one storage to another without a file") {
  models::fresh_runtime();
  on_one device;
  const on_host original = example();
  ingot::load_state_dict(device, ingot::state_dict(original));
  CHECK(is_example(device));
  mixed other;
  ingot::load_state_dict(other, ingot::state_dict(device));
  CHECK(is_example(other));
}

TEST_CASE("whichever call fails, a load leaves the model's values, and nothing leaks") {
  const auto file = saved<ingot::zip>(example());
  for (const char* call : {"cudaMalloc", "cudaMallocHost", "cudaEventCreateWithFlags",
                           "cudaMemcpyBatchAsync", "cudaEventRecord", "cudaEventSynchronize"}) {
    for (int nth = 1;; ++nth) {
      CAPTURE(call);
      CAPTURE(nth);
      models::fresh_runtime();
      {
        on_one model{on_device<float>({2, 2}), on_device<float>({2})};
        stand_in::fail(call, nth, cudaErrorMemoryAllocation);
        bool failed = false;
        try {
          ingot::load(model, file, {.all_or_nothing = true});
        } catch (const ingot::cuda::device_error& failure) {
          failed = true;
          CHECK(failure.code() == cudaErrorMemoryAllocation);
        }
        stand_in::fail_no_more();
        if (!failed) {
          CHECK(is_example(model));
          CHECK(nth > 1);
          break;
        }
        CHECK(floats(model.weight) == std::vector<float>(4));
        CHECK(floats(model.bias) == std::vector<float>(2));
      }
      CHECK(models::nothing_is_left());
    }
  }
}

TEST_CASE("a machine without a device says so, and the model stays as it was") {
  const auto file = saved<ingot::zip>(example());
  models::fresh_runtime(0);
  on_one model;
  CHECK_THROWS_WITH_AS(ingot::load(model, file), doctest::Contains("use host memory"),
                       ingot::cuda::device_error);
  CHECK(!model.weight.defined());
}

}  // namespace cuda_model_test
