// SPDX-License-Identifier: Apache-2.0
// Other frameworks' device memory, saved and loaded where it lies.
#include <doctest/doctest.h>

#include <vector>

#include <ingot/cuda/allocator.hpp>
#include <ingot/cuda/space.hpp>
#include <ingot/ingot.hpp>
#include <ingot/state/from_dlpack.hpp>
#include <ingot/state/to_dlpack.hpp>

#include "models.hpp"
#include "stand_in.hpp"

namespace cuda_dlpack_test {

using ingot::cuda::by_tag;
using ingot::cuda::space;
using models::floats;
using models::on_device;

TEST_CASE("device memory goes out and comes back by DLPack, without a copy") {
  models::fresh_runtime();
  {
    const ingot::tensor<float> numbers = models::example().weight;
    on_device<float> there(numbers, ingot::cuda_allocator<float>(space(1)));
    ingot::dlpack::managed_tensor* const handed = ingot::to_dlpack(there);
    CHECK(handed->dl_tensor.data == there.data());
    CHECK(handed->dl_tensor.device.type == ingot::dlpack::device_type::cuda);
    CHECK(handed->dl_tensor.device.id == 1);
    const int before = stand_in::calls("cudaMalloc");

    models::borrowed model{ingot::as_tensor_ref<float>(*handed, by_tag), {nullptr, {0}}};
    CHECK(&model.weight.space() == &space(1));
    const ingot::value taken = ingot::from_dlpack(handed, by_tag);
    CHECK(taken.tensor().bytes->data() == reinterpret_cast<const std::byte*>(there.data()));
    CHECK(taken.tensor().device == ingot::device("cuda:1"));
    CHECK(stand_in::calls("cudaMalloc") == before);

    const auto file = models::saved<ingot::zip>(ingot::dict{{"weight", taken}});
    CHECK(ingot::open(file)["weight"].as<ingot::tensor<float>>()[3] == numbers[3]);
    ingot::load_state_dict(
        model, ingot::dict{{"weight", ingot::tensor<float>({2, 2})}, {"bias", model.bias}});
    CHECK(floats(there) == std::vector<float>(4));  // it was loaded into
  }
  CHECK(models::nothing_is_left());
}

TEST_CASE("a DLPack tensor of a device that this machine lacks is told") {
  models::fresh_runtime(1);
  ingot::tensor<float> here({1});
  ingot::dlpack::managed_tensor* const handed = ingot::to_dlpack(here);
  handed->dl_tensor.device = {ingot::dlpack::device_type::cuda, 3};
  CHECK_THROWS_WITH_AS(ingot::from_dlpack(handed, by_tag), doctest::Contains("cuda:3"),
                       ingot::value_error);
}

TEST_CASE("page-locked and managed memory is the host's") {
  models::fresh_runtime();
  ingot::tensor<float> here({1});
  for (const auto type :
       {ingot::dlpack::device_type::cuda_host, ingot::dlpack::device_type::cuda_managed}) {
    ingot::dlpack::managed_tensor* const handed = ingot::to_dlpack(here);
    handed->dl_tensor.device.type = type;
    CHECK(ingot::from_dlpack(handed).as<std::vector<float>>() == std::vector<float>{0});
  }
}

}  // namespace cuda_dlpack_test
