// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <ingot/ingot.hpp>
#include <ingot/io/memory_sink.hpp>

#include "../io/temporary_folder.hpp"

namespace shared_tensor_test {
namespace {

using ingot::shape;
using ingot::shared_tensor;
using ingot::tensor;

struct plain_model {
  tensor<float> weight{}, bias{};
};
struct shared_model {
  shared_tensor<float> weight{}, bias{};
};

plain_model some_model() {
  plain_model model{tensor<float>(shape{2, 3}), tensor<float>(shape{3})};
  for (std::size_t i = 0; i < 6; ++i) model.weight[i] = static_cast<float>(i);
  for (std::size_t i = 0; i < 3; ++i) model.bias[i] = static_cast<float>(10 + i);
  return model;
}

const ingot::open_options mapped{.access = ingot::access::map};

/// A tensor of floats at `offset` in bytes that `owner` keeps.
ingot::tensor_data at(const std::shared_ptr<std::vector<std::byte>>& owner, std::size_t offset,
                      std::int64_t count) {
  ingot::tensor_data result;
  result.bytes = std::make_shared<const ingot::storage>(
      ingot::extent{.from = ingot::from_memory(*owner, owner),
                    .offset = offset,
                    .size = static_cast<std::uint64_t>(count) * 4});
  result.shape = shape{count};
  result.strides = {1};
  return result;
}

}  // namespace

TEST_CASE("elements of a mapped file are used where they lie, and outlive the file's name") {
  const temporary_folder folder;
  const auto path = folder / "model.pt";
  ingot::save(some_model(), path);
  shared_tensor<float> weight;
  {
    const auto file = ingot::open(path, mapped);
    weight = file["weight"].as<shared_tensor<float>>();
    CHECK(file["weight"].as<shared_tensor<float>>().data() == weight.data());
  }
  std::filesystem::remove(path);
  CHECK(weight.shape() == shape{2, 3});
  CHECK(weight[5] == 5);
}

TEST_CASE("a model of shared tensors refers to the mapped file and survives a save over it") {
  const temporary_folder folder;
  const auto path = folder / "model.pt";
  ingot::save(some_model(), path);
  shared_model model;
  ingot::load(model, path, {}, mapped);
  const float* before = model.weight.data();
  plain_model other = some_model();
  other.weight[5] = 50;
  ingot::save(other, path);
  CHECK(model.weight[5] == 5);
  ingot::load(model, path, {}, mapped);
  CHECK(model.weight[5] == 50);
  CHECK(model.weight.data() != before);
  CHECK(model.bias[2] == 12);
}

TEST_CASE("without a mapping shared tensors own what was read") {
  const temporary_folder folder;
  const auto path = folder / "model.pt";
  ingot::save(some_model(), path);
  shared_model model;
  ingot::load(model, path);
  CHECK(model.weight[5] == 5);
  const shared_model copy = model;
  CHECK(copy.weight.data() == model.weight.data());
  ingot::save(model, folder / "again.pt");
  CHECK(ingot::open(folder / "again.pt")["bias"].as<tensor<float>>()[1] == 11);
}

TEST_CASE("elements that somebody else keeps alive are copied") {
  shared_model model;
  shared_tensor<float> weight;
  {
    const plain_model other = some_model();
    ingot::load_state_dict(model, ingot::state_dict(other));
    weight = ingot::dict{{"w", other.weight}}["w"].as<shared_tensor<float>>();
    CHECK(model.weight.data() != other.weight.data());
    CHECK(weight.data() != other.weight.data());
    ingot::memory_sink file;
    ingot::mapped::write(ingot::state_dict(other), file, {});
    const auto bytes = std::move(file).take();
    const auto opened = ingot::open(std::span<const std::byte>(bytes));
    ingot::load_state_dict(model, opened);
    const std::byte* bias = reinterpret_cast<const std::byte*>(model.bias.data());
    CHECK((bias < bytes.data() || bias >= bytes.data() + bytes.size()));
  }
  CHECK(model.weight[5] == 5);
  CHECK(model.bias[2] == 12);
  CHECK(weight[5] == 5);
}

TEST_CASE("a shared tensor of a tensor without a shape has none") {
  CHECK_FALSE(shared_tensor<float>(tensor<float>()).defined());
}

TEST_CASE("a shared tensor that has a shape takes no other") {
  const temporary_folder folder;
  ingot::save(ingot::dict{{"weight", tensor<float>(shape{2})}, {"bias", tensor<float>(shape{3})}},
              folder / "model.pt");
  shared_model model{shared_tensor<float>(tensor<float>(shape{3})), {}};
  CHECK_THROWS_AS(ingot::load(model, folder / "model.pt", {}, mapped), ingot::mismatch_error);
}

TEST_CASE("unaligned and strided elements are copied, not misread") {
  const auto bytes = std::make_shared<std::vector<std::byte>>(64);
  const std::vector<float> numbers{1, 2, 3, 4};
  std::memcpy(bytes->data() + 5, numbers.data(), 16);
  const ingot::value unaligned(at(bytes, 5, 4));
  const auto copy = unaligned.as<shared_tensor<float>>();
  CHECK(reinterpret_cast<const std::byte*>(copy.data()) != bytes->data() + 5);
  CHECK(std::vector<float>(copy.begin(), copy.end()) == numbers);

  std::memcpy(bytes->data() + 8, numbers.data(), 16);
  ingot::tensor_data strided = at(bytes, 8, 4);
  CHECK(reinterpret_cast<const std::byte*>(
            ingot::value(strided).as<shared_tensor<float>>().data()) == bytes->data() + 8);
  strided.shape = shape{2};
  strided.strides = {2};
  const auto gathered = ingot::value(strided).as<shared_tensor<float>>();
  CHECK(std::vector<float>(gathered.begin(), gathered.end()) == std::vector<float>{1, 3});
}

TEST_CASE("a checksum is looked at before elements are used where they lie") {
  const auto bytes = std::make_shared<std::vector<std::byte>>(16);
  ingot::tensor_data damaged = at(bytes, 0, 4);
  damaged.bytes = std::make_shared<const ingot::storage>(ingot::extent{
      .from = ingot::from_memory(*bytes, bytes), .size = 16, .record = "data/0", .crc = 1});
  CHECK_THROWS_AS(ingot::value(damaged).as<shared_tensor<float>>(), ingot::format_error);
  shared_model model{shared_tensor<float>(tensor<float>(shape{4})), {}};
  const float* before = model.weight.data();
  CHECK_THROWS_AS(
      ingot::load_state_dict(model, ingot::dict{{"weight", damaged}}, {.strict = false}),
      ingot::format_error);
  CHECK(model.weight.data() == before);
}

}  // namespace shared_tensor_test
