// SPDX-License-Identifier: Apache-2.0
// Models with the same names and other storage, for the tests of what moves between them.
#pragma once

#include <cstddef>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <ingot/cuda/allocator.hpp>
#include <ingot/cuda/transfer_scope.hpp>
#include <ingot/ingot.hpp>
#include <ingot/storage/tensor_ref.hpp>

#include "stand_in.hpp"

namespace models {

/// The process keeps page-locked memory of the stand-in's, which must not outlive it.
inline void fresh_runtime(int devices = 2) {
  ingot::cuda::release_pinned_memory();
  stand_in::reset(devices);
}
inline bool nothing_is_left() {
  ingot::cuda::release_pinned_memory();
  return stand_in::live() == 0;
}

template <class T>
using on_device = ingot::tensor<T, ingot::cuda_allocator<T>>;

struct on_host {
  ingot::tensor<float> weight, bias;
};
struct on_one {
  on_device<float> weight, bias;
};
/// A model may mix storages.
struct mixed {
  on_device<float> weight{ingot::cuda_allocator<float>(ingot::cuda::space(1))};
  ingot::tensor<float, ingot::pinned_allocator<float>> bias;
};
struct borrowed {
  ingot::tensor_ref<float> weight, bias;
};

inline on_host example() {
  on_host result{ingot::tensor<float>({2, 2}), ingot::tensor<float>({2})};
  for (std::size_t i = 0; i < 4; ++i) result.weight[i] = static_cast<float>(i + 1);
  result.bias[0] = 5;
  result.bias[1] = 6;
  return result;
}

template <class Tensor>
std::vector<float> floats(const Tensor& of) {
  const ingot::tensor<float> copy(of);
  return {copy.begin(), copy.end()};
}

template <class Model>
bool is_example(const Model& model) {
  return floats(model.weight) == std::vector<float>{1, 2, 3, 4} &&
         floats(model.bias) == std::vector<float>{5, 6};
}

template <class Archive, class Model>
std::vector<std::byte> saved(const Model& model) {
  std::ostringstream out;
  ingot::save<Archive>(model, out);
  const std::string text = std::move(out).str();
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

}  // namespace models
