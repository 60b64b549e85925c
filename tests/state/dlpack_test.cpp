// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include <ingot/state/as.hpp>
#include <ingot/state/dict.hpp>
#include <ingot/state/from_dlpack.hpp>
#include <ingot/state/load.hpp>
#include <ingot/state/narrow.hpp>
#include <ingot/state/to_dlpack.hpp>
#include <ingot/storage/tensor.hpp>

namespace dlpack_test {

namespace dlpack = ingot::dlpack;
using ingot::value;

namespace {

/// A framework's tensor: the transposed of [[1, 2, 3], [4, 5, 6]], after an element of padding.
class foreign {
 public:
  foreign() {
    handle.version = {1, 9};
    handle.manager_ctx = this;
    handle.deleter = [](dlpack::managed_tensor* self) {
      ++static_cast<foreign*>(self->manager_ctx)->deleted;
    };
    handle.dl_tensor = {numbers.data(),
                        {dlpack::device_type::cpu, 0},
                        2,
                        {2, 32, 1},
                        extents.data(),
                        steps.data(),
                        4};
  }
  foreign(const foreign&) = delete;
  foreign& operator=(const foreign&) = delete;

  std::array<float, 7> numbers{0, 1, 2, 3, 4, 5, 6};
  std::array<std::int64_t, 2> extents{3, 2};
  std::array<std::int64_t, 2> steps{1, 3};
  int deleted = 0;
  dlpack::managed_tensor handle{};
};

struct borrowed {
  ingot::tensor_ref<float> weight;
};

}  // namespace

TEST_CASE("a DLPack tensor is a value where it lies, given back with the last copy of it") {
  foreign given;
  {
    const value tensor = ingot::from_dlpack(&given.handle);
    CHECK(tensor.shape() == ingot::shape{3, 2});
    const auto read = tensor.as<ingot::tensor<float>>();
    CHECK(std::vector<float>(read.begin(), read.end()) == std::vector<float>{1, 4, 2, 5, 3, 6});
    given.numbers[1] = 9;  // no copy was made
    CHECK(tensor.select(0, 0).as<std::vector<float>>() == std::vector<float>{9, 4});
    const value copy = ingot::dict{{"w", tensor}};
    CHECK(given.deleted == 0);
  }
  CHECK(given.deleted == 1);
}

TEST_CASE("without strides a DLPack tensor is contiguous") {
  foreign given;
  given.handle.dl_tensor.strides = nullptr;
  const auto read = ingot::from_dlpack(&given.handle).as<ingot::tensor<float>>();
  CHECK(std::vector<float>(read.begin(), read.end()) == std::vector<float>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("what Ingot can't take of DLPack is given back at once") {
  const auto refused = [](auto change) {
    foreign given;
    change(given.handle);
    CHECK_THROWS_AS(ingot::from_dlpack(&given.handle), ingot::value_error);
    CHECK(given.deleted == 1);
  };
  refused([](auto& of) { of.version.major = 2; });
  refused([](auto& of) { of.dl_tensor.dtype.lanes = 4; });
  refused([](auto& of) { of.dl_tensor.dtype.code = 3; });
  refused([](auto& of) { of.dl_tensor.dtype.bits = 7; });
  refused([](auto& of) { of.dl_tensor.device.type = static_cast<dlpack::device_type>(8); });
  refused([](auto& of) { of.dl_tensor.device = {dlpack::device_type::cuda, 1}; });
  refused([](auto& of) { of.dl_tensor.shape[0] = std::int64_t{1} << 62; });
  refused([](auto& of) { of.dl_tensor.strides[0] = -1; });
  CHECK_THROWS_AS(ingot::from_dlpack(nullptr), ingot::value_error);
  foreign kept;
  kept.handle.deleter = nullptr;  // its producer keeps it
  ingot::from_dlpack(&kept.handle);
}

TEST_CASE("a model's member may be a DLPack tensor, unless it is read-only or not contiguous") {
  foreign given;
  CHECK_THROWS_AS(ingot::as_tensor_ref<float>(given.handle), ingot::value_error);
  given.handle.dl_tensor.strides = nullptr;
  CHECK_THROWS_AS(ingot::as_tensor_ref<int>(given.handle), ingot::value_error);
  borrowed model{ingot::as_tensor_ref<float>(given.handle)};
  ingot::load_state_dict(model, ingot::dict{{"weight", ingot::tensor<float>({3, 2})}});
  CHECK(given.numbers == std::array<float, 7>{});
  given.handle.flags = dlpack::read_only;
  CHECK_THROWS_AS(ingot::as_tensor_ref<float>(given.handle), ingot::value_error);
  given.handle.flags = 0;
  given.handle.version.major = 2;
  CHECK_THROWS_AS(ingot::as_tensor_ref<float>(given.handle), ingot::value_error);
  CHECK(given.deleted == 0);
}

TEST_CASE("a tensor that has no shape yet isn't handed out") {
  ingot::tensor<float> none;
  CHECK_THROWS_AS(ingot::to_dlpack(none), ingot::value_error);
}

TEST_CASE("a tensor is handed out where it lies") {
  ingot::tensor<float> weight({2, 3});
  dlpack::managed_tensor* const handed = ingot::to_dlpack(weight);
  const dlpack::tensor& seen = handed->dl_tensor;
  CHECK(handed->version.major == 1);
  CHECK(handed->flags == 0);
  CHECK(seen.data == weight.data());
  CHECK(seen.device.type == dlpack::device_type::cpu);
  CHECK(seen.ndim == 2);
  CHECK(seen.shape[1] == 3);
  CHECK(seen.strides[0] == 3);
  CHECK(seen.dtype.code == 2);
  CHECK(seen.dtype.bits == 32);
  CHECK(seen.dtype.lanes == 1);
  handed->deleter(handed);
}

TEST_CASE("a value is handed out read-only, and its bytes are kept") {
  ingot::tensor<std::int16_t> owned({4});
  owned[2] = 5;
  value tensor(std::move(owned));
  dlpack::managed_tensor* const handed = ingot::to_dlpack(tensor.narrow(0, 2, 2));
  tensor = value();
  CHECK(handed->flags == dlpack::read_only);
  CHECK(*static_cast<const std::int16_t*>(handed->dl_tensor.data) == 5);
  const value again = ingot::from_dlpack(handed);
  CHECK(again.as<std::vector<std::int16_t>>() == std::vector<std::int16_t>{5, 0});
}

TEST_CASE("what DLPack can't say isn't handed out") {
  ingot::tensor_data tensor = value(ingot::tensor<float>({2})).tensor();
  const auto refused = [](const ingot::tensor_data& of) {
    CHECK_THROWS_AS(ingot::to_dlpack(value(of)), ingot::value_error);
  };
  ingot::tensor_data negative = tensor;
  negative.negative = true;
  refused(negative);
  ingot::tensor_data quantized = tensor;
  quantized.type = ingot::dtype::qint32;
  refused(quantized);
  ingot::tensor_data meta = tensor;
  meta.bytes = nullptr;
  meta.layout = ingot::layout::meta;
  refused(meta);
  CHECK_THROWS_AS(ingot::to_dlpack(value(3)), ingot::value_error);
}

}  // namespace dlpack_test
