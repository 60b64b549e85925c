// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <ingot/state/value.hpp>
#include <ingot/storage/tensor.hpp>

namespace contract {

/// A tensor of rank 0 that holds the number.
inline ingot::value numbered(std::int64_t number) {
  ingot::tensor<std::int64_t> result(ingot::shape{});
  result[0] = number;
  return result;
}

}  // namespace contract
