// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ingot/ingot.hpp>

namespace narrow_test {
namespace {

using ingot::shape;
using ingot::tensor;
using ingot::value;

/// The numbers 0, 1, 2, ... in a shape.
tensor<float> counted(const shape& extents) {
  tensor<float> result(extents);
  std::iota(result.begin(), result.end(), 0.0f);
  return result;
}

std::vector<float> numbers(const value& of) {
  const auto read = of.as<tensor<float>>();
  return {read.begin(), read.end()};
}

/// Bytes in memory that count what is read from them.
class counting_source final : public ingot::source {
 public:
  explicit counting_source(const tensor<float>& of) : tensor_(of) {}

  const std::string& name() const noexcept override { return name_; }
  std::uint64_t size() const noexcept override { return tensor_.size() * sizeof(float); }
  void read(std::uint64_t offset, std::span<std::byte> into) const override {
    reads.emplace_back(offset, into.size());
    const auto all = std::as_bytes(tensor_.elements());
    std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(offset), into.size(), into.begin());
  }

  mutable std::vector<std::pair<std::uint64_t, std::size_t>> reads;

 private:
  const tensor<float>& tensor_;
  std::string name_ = "counting";
};

value stored_in(const std::shared_ptr<counting_source>& file, const shape& extents) {
  ingot::tensor_data result;
  result.bytes = std::make_shared<const ingot::storage>(
      ingot::extent{.from = file, .size = file->size(), .record = "data"});
  result.shape = extents;
  result.strides = ingot::contiguous_strides(extents);
  return result;
}

struct model_of_rows {
  tensor<float> weight{};
};

}  // namespace

TEST_CASE("narrow and select are PyTorch's, from the end too") {
  const tensor<float> all = counted({4, 3});
  const value whole(all);
  CHECK(numbers(whole.narrow(0, 1, 2)) == std::vector<float>{3, 4, 5, 6, 7, 8});
  CHECK(numbers(whole.narrow(0, -1, 1)) == std::vector<float>{9, 10, 11});
  CHECK(numbers(whole.narrow(-1, 1, 1)) == std::vector<float>{1, 4, 7, 10});
  CHECK(numbers(whole.select(0, -4)) == std::vector<float>{0, 1, 2});
  CHECK(numbers(whole.select(1, 2)) == std::vector<float>{2, 5, 8, 11});
  CHECK(whole.narrow(0, 4, 0).shape() == shape{0, 3});
  CHECK(whole.select(0, 1).select(0, 1).as<float>() == 4);
}

TEST_CASE("a part of a tensor without elements is empty, whatever its strides") {
  constexpr std::int64_t far = std::int64_t{1} << 62;
  const tensor<float> none(shape{4, 0});
  ingot::tensor_data tensor = value(none).tensor();
  tensor.strides = {far, 1};
  const value whole(tensor);
  CHECK(whole.select(0, 3).shape() == shape{0});
  CHECK(whole.narrow(0, 3, 1).shape() == shape{1, 0});
}

TEST_CASE("a part that the tensor doesn't have is a value_error") {
  const tensor<float> all = counted({4, 3});
  const value whole(all);
  CHECK_THROWS_AS(whole.narrow(0, 3, 2), ingot::value_error);
  CHECK_THROWS_WITH(ingot::dict({{"w", whole}})["w"].narrow(0, 3, 2),
                    doctest::Contains("[\"w\"].narrow(0, 3, 2): expected a part of"));
  CHECK_THROWS_AS(whole.narrow(0, -5, 1), ingot::value_error);
  CHECK_THROWS_AS(whole.narrow(2, 0, 1), ingot::value_error);
  CHECK_THROWS_AS(whole.narrow(0, 0, -1), ingot::value_error);
  CHECK_THROWS_AS(whole.narrow(0, 1, INT64_MAX), ingot::value_error);
  CHECK_THROWS_AS(whole.select(0, 4), ingot::value_error);
  CHECK_THROWS_AS(value("text").select(0, 0), ingot::value_error);
  CHECK_THROWS_AS(value(counted({})).narrow(0, 0, 1), ingot::value_error);
}

TEST_CASE("an entry's part has the entry's path") {
  const ingot::entry whole(value(counted({2})), "x.pt[\"w\"]");
  CHECK(whole.narrow(0, 1, 1).path() == "x.pt[\"w\"].narrow(0, 1, 1)");
  CHECK(whole.select(0, 1).path() == "x.pt[\"w\"].select(0, 1)");
}

TEST_CASE("reading rows reads their bytes alone") {
  const tensor<float> all = counted({4, 3});
  const auto file = std::make_shared<counting_source>(all);
  const value rows = stored_in(file, {4, 3}).narrow(0, 1, 2);
  CHECK(file->reads.empty());
  CHECK(numbers(rows) == std::vector<float>{3, 4, 5, 6, 7, 8});
  CHECK(file->reads == std::vector<std::pair<std::uint64_t, std::size_t>>{{12, 24}});
}

TEST_CASE("loading rows into a model reads their bytes alone") {
  const tensor<float> all = counted({4, 3});
  const auto file = std::make_shared<counting_source>(all);
  model_of_rows model{counted({2, 3})};
  ingot::load_state_dict(model, ingot::dict{{"weight", stored_in(file, {4, 3}).narrow(0, 2, 2)}});
  CHECK(std::vector<float>(model.weight.begin(), model.weight.end()) ==
        std::vector<float>{6, 7, 8, 9, 10, 11});
  CHECK(file->reads == std::vector<std::pair<std::uint64_t, std::size_t>>{{24, 24}});
}

TEST_CASE("loading columns into a model reads from their first byte to their last") {
  const tensor<float> all = counted({4, 3});
  const auto file = std::make_shared<counting_source>(all);
  model_of_rows model{};
  ingot::load_state_dict(model, ingot::dict{{"weight", stored_in(file, {4, 3}).select(1, 1)}});
  CHECK(std::vector<float>(model.weight.begin(), model.weight.end()) ==
        std::vector<float>{1, 4, 7, 10});
  CHECK(file->reads == std::vector<std::pair<std::uint64_t, std::size_t>>{{4, 40}});
}

}  // namespace narrow_test
