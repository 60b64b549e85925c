// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <ingot/archive/contents.hpp>
#include <ingot/state/module.hpp>

namespace ingot::detail {

/// What a file by torch.save holds, which may be an entire module.
inline contents torch_contents(value root, std::string_view format) {
  std::string found(is_module(root) ? "torch-module" : format);
  return {std::move(root), std::move(found)};
}

}  // namespace ingot::detail
