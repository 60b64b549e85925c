// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace ingot::detail {

inline bool has_suffix(std::string_view name, std::string_view suffix) {
  return name.size() > suffix.size() && name.ends_with(suffix);
}

/// Whether a file in an archive of files is, by its name, the one to unpack and open.
inline bool is_model_file(std::string_view name) {
  for (const std::string_view suffix :
       {".pt", ".pth", ".bin", ".safetensors", ".ckpt", ".pkl", ".npz"}) {
    if (has_suffix(name, suffix)) return true;
  }
  return false;
}

}  // namespace ingot::detail
