// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include <ingot/state/tensor_data.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail {

/// As Tensor.detach(): a state_dict has no gradients.
inline value detached(const value& of) {
  if (!of.is_tensor()) return of;
  const tensor_data& tensor = of.tensor();
  if (!tensor.requires_grad && !tensor.is_parameter) return of;
  tensor_data plain = tensor;
  plain.requires_grad = false;
  plain.is_parameter = false;
  return value(std::move(plain));
}

}  // namespace ingot::detail
