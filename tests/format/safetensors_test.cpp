// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/format/safetensors/read.hpp>
#include <ingot/format/safetensors/write.hpp>
#include <ingot/io/memory_source.hpp>

namespace safetensors_test {

namespace safetensors = ingot::detail::safetensors;
using ingot::dtype;
using ingot::shape;

namespace {

std::vector<std::byte> file(std::string_view header, std::size_t data) {
  std::vector<std::byte> result;
  ingot::append_little<std::uint64_t>(result, header.size());
  const auto text = std::as_bytes(std::span(header));
  result.insert(result.end(), text.begin(), text.end());
  result.resize(result.size() + data);
  return result;
}

safetensors::located_header read(std::string_view header, std::size_t data) {
  return safetensors::read_header(*ingot::from_memory(file(header, data), "x.safetensors"));
}

std::string refusal(std::string_view header, std::size_t data) {
  try {
    read(header, data);
  } catch (const ingot::format_error& failure) {
    return failure.what();
  }
  return "taken";
}

std::string described(const shape& of) { return to_string(of); }

}  // namespace

TEST_CASE("a safetensors header is in the order of its data") {
  const auto header = read(
      R"({"b":{"dtype":"F16","shape":[2,1],"data_offsets":[4,8]},"a":{"dtype":"I32","shape":[],)"
      R"("data_offsets":[0,4]},"__metadata__":{"x":"1","y":"2","x":"3"}})",
      8);
  REQUIRE(header.tensors.size() == 2);
  CHECK(header.tensors[0].name == "a");
  CHECK(header.tensors[0].type == dtype::int32);
  CHECK(header.tensors[1].name == "b");
  CHECK(header.tensors[1].shape == shape{2, 1});
  CHECK(header.tensors[1].begin == 4);
  CHECK(header.metadata == safetensors::texts{{"y", "2"}, {"x", "3"}});
}

TEST_CASE("a refusal says file, tensor, the reference's name of the error, expected and found") {
  const std::string remedy = "; the file is damaged, cut off or no safetensors file";
  CHECK(refusal(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})", 12) ==
        R"(x.safetensors: tensor "w" (InvalidOffset): expected data from byte 0, found [4, 12])" +
            remedy);
  CHECK(
      refusal(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}})", 12) ==
      R"(x.safetensors: tensor "w" (TensorInvalidInfo): expected 8 bytes by dtype and shape, found 12)" +
          remedy);
  CHECK(refusal(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 7) ==
        "x.safetensors: data (MetadataIncompleteBuffer): expected 8 bytes, found 7" + remedy);
  CHECK(
      refusal(R"({"w":{"dtype":"F32","shape":[1e1],"data_offsets":[0,8]}})", 8) ==
      R"(x.safetensors: tensor "w" (InvalidHeaderDeserialization): expected an integer of 64 bits, )"
      "without sign, point and exponent, found 1e1" +
          remedy);
  CHECK(
      refusal(R"({"w":{"dtype":"F33","shape":[1],"data_offsets":[0,8]}})", 8) ==
      R"(x.safetensors: tensor "w" (InvalidHeaderDeserialization): expected a dtype such as F32, found "F33")" +
          remedy);
  CHECK(refusal("{", 0).starts_with(
      "x.safetensors: header (InvalidHeaderDeserialization), byte 1: expected JSON"));
}

TEST_CASE("shapes of packed elements count units, merging extents that aren't whole ones") {
  CHECK(described(safetensors::packed_shape({3, 4}, 1)) == "[3, 4]");
  CHECK(described(safetensors::packed_shape({}, 1)) == "[]");
  CHECK(described(safetensors::packed_shape({3, 4}, 2)) == "[3, 2]");
  CHECK(described(safetensors::packed_shape({4, 3}, 2)) == "[6]");
  CHECK(described(safetensors::packed_shape({5, 2, 2, 3}, 4)) == "[5, 3]");
  CHECK(described(safetensors::packed_shape({4, 0}, 2)) == "[4, 0]");
  CHECK(described(safetensors::packed_shape({0, 3}, 2)) == "[0]");
  constexpr std::int64_t large = INT64_MAX;
  CHECK(described(safetensors::packed_shape({2, 0, large, 3}, 2)) == "[2, 0]");
}

TEST_CASE("writing sorts by dtype and name, or by what the sizes are multiples of") {
  ingot::tensor_data f32{.type = dtype::float32}, u8{.type = dtype::uint8};
  const std::vector<safetensors::named_tensor> given{{"a", &u8, 64, {}},
                                                     {"b", &u8, 3, {}},
                                                     {"c", &f32, 4, {}},
                                                     {"d", &f32, 128, {}},
                                                     {"e", &u8, 0, {}}};
  const auto names = [&](std::uint64_t alignment) {
    auto tensors = given;
    safetensors::sort_for_writing(tensors, alignment);
    std::string result;
    for (const auto& each : tensors) result += each.name;
    return result;
  };
  CHECK(names(8) == "cdabe");
  CHECK(names(64) == "daecb");
  CHECK(names(4096) == "edacb");
}

}  // namespace safetensors_test
