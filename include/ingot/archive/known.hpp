// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <ingot/archive/binary.hpp>
#include <ingot/archive/detail/archive_list.hpp>
#include <ingot/archive/legacy.hpp>
#include <ingot/archive/mapped.hpp>
#include <ingot/archive/npy.hpp>
#include <ingot/archive/npz.hpp>
#include <ingot/archive/sharded.hpp>
#include <ingot/archive/zip.hpp>
#include <ingot/core/error.hpp>

namespace ingot::detail {

/// What save(), open() and load() know without being told, those first that ask for more.
using known_archives = archive_list<npz, ingot::npy, mapped, binary, zip, legacy, sharded>;

/// Throws value_error for a suffix that promises what Ingot doesn't write: another program would
/// take the file for what it isn't.
inline void refuse_foreign_suffix(const std::string& path, std::string_view suffix) {
  if (suffix == ".json") {
    throw value_error({.file = path,
                       .where = "save",
                       .expected = "the name of one file",
                       .found = std::string(suffix),
                       .remedy = "save_sharded(...) writes an index and the files that it names"});
  }
  constexpr std::array<std::string_view, 4> foreign{".pt2", ".onnx", ".gguf", ".h5"};
  if (std::find(foreign.begin(), foreign.end(), suffix) == foreign.end()) return;
  throw value_error({.file = path,
                     .where = "save",
                     .expected = ".pt, .pth, .tar, .bin, .safetensors, .npz, .npy or .ingot",
                     .found = std::string(suffix),
                     .remedy = "save<ingot::zip>(...) writes PyTorch's format to any path"});
}

}  // namespace ingot::detail
