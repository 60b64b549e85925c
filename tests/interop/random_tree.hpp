// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <ingot/state/value.hpp>

enum class kinds {
  torch,  ///< every kind of value that PyTorch's files hold
  all,    ///< and what only our own stream holds: objects, cycles, arrays, any keys
};

/// A list of `count` value trees, the same for the same seed: tensors of every dtype, as views,
/// with shared storages and shared nodes.
ingot::value random_trees(std::uint64_t seed, std::size_t count, kinds which);
