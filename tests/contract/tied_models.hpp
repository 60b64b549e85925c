// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <ingot/storage/tensor.hpp>

namespace contract {

/// A model of which two modules are one, and a third is equal to them.
struct tied_model {
  struct linear {
    ingot::tensor<float> weight{};
  };
  std::shared_ptr<linear> embedding = std::make_shared<linear>();
  linear other{};
  std::shared_ptr<linear> head = embedding;
};

inline tied_model filled_tied_model() {
  tied_model result;
  result.other.weight = ingot::tensor<float>(ingot::shape{4, 3});
  result.embedding->weight = result.other.weight;
  result.embedding->weight[7] = result.other.weight[7] = 7;
  return result;
}

}  // namespace contract
