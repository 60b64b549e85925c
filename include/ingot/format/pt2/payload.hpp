// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ingot/state/tensor_data.hpp>

namespace ingot::detail::pt2 {

/// What a torch.export archive says of a tensor: PayloadMeta (torch/_export/serde/schema.py).
struct payload {
  std::string name{};
  std::string record{};     ///< its file, in the folder of the configuration
  bool use_pickle = false;  ///< of a tensor subclass or an object: there is no more to know
  tensor_data view{};       ///< but for the storage
};

}  // namespace ingot::detail::pt2
