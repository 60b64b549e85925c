// SPDX-License-Identifier: Apache-2.0
// Copies that go together: many small tensors in few calls.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include <ingot/cuda/allocator.hpp>
#include <ingot/ingot.hpp>

#include "models.hpp"
#include "stand_in.hpp"

namespace cuda_batch_test {

namespace {

using models::floats;
using models::on_device;
using models::saved;

/// Many small tensors, of different sizes.
template <template <class> class Tensor>
struct list {
  std::vector<Tensor<float>> layers{};
};
template <class T>
using on_host = ingot::tensor<T>;

list<on_host> many(std::int64_t count) {
  list<on_host> made;
  for (std::int64_t i = 0; i < count; ++i) {
    ingot::tensor<float>& added = made.layers.emplace_back(ingot::shape{1 + i % 7});
    for (float& each : added) each = static_cast<float>(i);
  }
  return made;
}

bool same(const list<on_host>& host, const list<on_device>& device) {
  bool result = host.layers.size() == device.layers.size();
  for (std::size_t i = 0; result && i < host.layers.size(); ++i) {
    result = floats(host.layers[i]) == floats(device.layers[i]);
  }
  return result;
}

}  // namespace

TEST_CASE_TEMPLATE("many small tensors are one copy, there and back", Archive, ingot::zip,
                   ingot::mapped, ingot::binary, ingot::npz) {
  models::fresh_runtime();
  {
    const auto host = many(100);
    const auto file = saved<Archive>(host);
    list<on_device> device;
    device.layers.resize(100);
    ingot::load(device, file);
    CHECK(stand_in::calls("cudaMemcpyBatchAsync") == 1);
    CHECK(stand_in::calls("cudaMemcpyAsync") == 0);
    CHECK(same(host, device));
    const int before = stand_in::calls("cudaMemcpyAsync");
    const auto again = saved<Archive>(device);
    CHECK(stand_in::calls("cudaMemcpyBatchAsync") == 2);
    CHECK(stand_in::calls("cudaMemcpyAsync") == before);
    list<on_host> back;
    back.layers.resize(100);
    ingot::load(back, again);
    CHECK(same(back, device));
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("one call is of 1,024 copies at the most") {
  models::fresh_runtime();
  {
    const auto host = many(2 * 1024 + 1);
    list<on_device> device;
    device.layers.resize(host.layers.size());
    ingot::load(device, saved<ingot::mapped>(host));
    CHECK(stand_in::calls("cudaMemcpyBatchAsync") == 2);
    CHECK(stand_in::calls("cudaMemcpyAsync") == 1);  // what is left
    CHECK(same(host, device));
  }
  CHECK(models::nothing_is_left());
}

}  // namespace cuda_batch_test
