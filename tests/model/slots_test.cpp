// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <ingot/core/error.hpp>
#include <ingot/model/parameters.hpp>
#include <ingot/model/slots.hpp>
#include <ingot/storage/scalar.hpp>
#include <ingot/storage/std_array.hpp>
#include <ingot/storage/std_span.hpp>
#include <ingot/storage/std_vector.hpp>
#include <ingot/storage/tensor.hpp>

namespace slots_test {
namespace {

using ingot::shape;

struct owner {
  ingot::tensor<float> open;
  ingot::tensor<float> shaped{shape{2, 3}};
};

TEST_CASE("a tensor without a shape takes any; one with a shape only that") {
  owner model;
  const auto slots = ingot::collect(model);
  const auto& open = slots[0].slot;
  const auto& shaped = slots[1].slot;
  CHECK_FALSE(open.defined());
  CHECK_FALSE(open.has_shape());
  CHECK(open.takes({4, 5}));
  CHECK_FALSE(open.in_place({4, 5}));
  CHECK(open.view().numel() == 0);
  CHECK(shaped.required_shape() == shape{2, 3});
  CHECK(shaped.takes({2, 3}));
  CHECK(shaped.in_place({2, 3}));
  CHECK_FALSE(shaped.takes({3, 2}));
}

TEST_CASE("prepared storage reaches the model by commit, and not at all without") {
  owner model;
  const auto slots = ingot::collect(model);
  auto pending = slots[0].slot.prepare({2, 2});
  const auto view = pending.view();
  std::fill_n(reinterpret_cast<float*>(view.data()), view.numel(), 7.f);
  {
    const auto dropped = slots[1].slot.prepare({9});
  }
  CHECK_FALSE(model.open.defined());
  pending.commit();
  CHECK(model.open.shape() == shape{2, 2});
  CHECK(model.open[3] == 7.f);
  CHECK(model.shaped.shape() == shape{2, 3});
  CHECK(slots[0].slot.view().shape() == shape{2, 2});
}

struct flat {
  std::vector<float> weight{};
  std::vector<float> bias{};
  std::array<float, 6> table{};
  std::span<float> window{};
  std::int64_t steps = 0;
  int rows = 2;
  static consteval auto describe() {
    using namespace ingot;
    return members(parameter_member<&flat::weight, "weight", shaped<&flat::rows, 3>>,
                   parameter_member<&flat::bias>, buffer_member<&flat::table, "", shaped<3, 2>>,
                   buffer_member<&flat::window>, buffer_member<&flat::steps>,
                   plain_member<&flat::rows>);
  }
};

TEST_CASE("flat storage has the shape of its description, else it is a vector") {
  std::vector<float> elsewhere(4);
  flat model{.weight = std::vector<float>(6), .window = elsewhere};
  const auto slots = ingot::collect(model);
  CHECK(slots[0].slot.view().shape() == shape{2, 3});
  CHECK(slots[2].slot.view().shape() == shape{3, 2});
  CHECK(slots[3].slot.view().shape() == shape{4});
  CHECK(slots[3].slot.view().data() == reinterpret_cast<std::byte*>(elsewhere.data()));
  CHECK(slots[4].slot.view().shape() == shape{});
}

TEST_CASE(
    "a described shape follows the module's members, and storage that disagrees is an error") {
  flat model{.weight = std::vector<float>(6)};
  const auto slots = ingot::collect(model);
  model.rows = 4;
  CHECK(slots[0].slot.required_shape() == shape{4, 3});
  CHECK_THROWS_AS(slots[0].slot.view(), ingot::value_error);
  CHECK(slots[0].slot.takes({4, 3}));
  CHECK_FALSE(slots[0].slot.in_place({4, 3}));
  auto pending = slots[0].slot.prepare({4, 3});
  CHECK(pending.view().shape() == shape{4, 3});
  pending.commit();
  CHECK(model.weight.size() == 12);
  CHECK(slots[0].slot.in_place({4, 3}));
}

TEST_CASE("an empty vector takes a vector's shape; a matrix would be forgotten") {
  flat model;
  const auto slots = ingot::collect(model);
  const auto& bias = slots[1].slot;
  CHECK_FALSE(bias.has_shape());
  CHECK(bias.takes({5}));
  CHECK_FALSE(bias.takes({5, 1}));
  CHECK(bias.defined());
  CHECK(bias.view().shape() == shape{0});
  CHECK_FALSE(slots[0].slot.defined());
  CHECK(slots[0].slot.required_shape() == shape{2, 3});
}

TEST_CASE("storage of a fixed size takes its own shape alone, and can't be made anew") {
  flat model;
  const auto slots = ingot::collect(model);
  const auto& table = slots[2].slot;
  CHECK_FALSE(table.resizable());
  CHECK(table.takes({3, 2}));
  CHECK_FALSE(table.takes({6}));
  CHECK_THROWS_AS(table.prepare({6}), ingot::value_error);
  const auto& steps = slots[4].slot;
  CHECK(steps.takes({}));
  CHECK_FALSE(steps.takes({1}));
}

TEST_CASE("a const model gives const views") {
  const owner model;
  const auto slots = ingot::collect(model);
  static_assert(std::is_same_v<decltype(slots[0].slot.view()), ingot::const_tensor_view>);
  const auto parameters = ingot::named_parameters(model);
  static_assert(std::is_same_v<decltype(parameters[0].tensor), ingot::const_tensor_view>);
  CHECK(parameters[1].tensor.shape() == shape{2, 3});
  CHECK(parameters[0].tensor.numel() == 0);
}

}  // namespace

}  // namespace slots_test
