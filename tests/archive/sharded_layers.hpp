// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <ingot/archive/open.hpp>
#include <ingot/archive/save_sharded.hpp>
#include <ingot/state/as.hpp>
#include <ingot/storage/tensor.hpp>

/// Models that are saved in shards, each of a number that tells which save it was.
namespace sharded_layers {

namespace fs = std::filesystem;
using names = std::set<std::string>;

inline constexpr const char* index_name = "model.safetensors.index.json";
inline const ingot::sharded_options two_a_shard{.max_shard_size = 16};

struct layer {
  ingot::tensor<float> weight{ingot::shape{2}};
};
struct layers {
  std::vector<layer> layers{};
};

/// `count` tensors of 8 bytes, all of them `number`.
inline layers model(float number, std::size_t count = 5) {
  layers result;
  result.layers.resize(count);
  for (layer& each : result.layers) each.weight[0] = each.weight[1] = number;
  return result;
}

inline names names_in(const fs::path& folder) {
  names result;
  for (const auto& each : fs::directory_iterator(folder)) {
    result.insert(each.path().filename().string());
  }
  return result;
}

/// The number that all tensors of a file hold; -1 where they differ.
inline float number_in(const fs::path& path) {
  float number = 0;
  const auto opened = ingot::open(path);
  for (const auto& [name, content] : opened.items()) {
    const auto tensor = content.as<ingot::tensor<float>>();
    if (number != 0 && number != tensor[0]) return -1;
    number = tensor[0];
  }
  return number;
}

}  // namespace sharded_layers
