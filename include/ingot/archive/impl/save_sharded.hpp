// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include <ingot/archive/detail/sharded_save.hpp>
#include <ingot/archive/save_sharded.hpp>
#include <ingot/core/separate.hpp>
#include <ingot/format/index/names.hpp>
#include <ingot/io/file_sink.hpp>

namespace ingot {

INGOT_INLINE bool is_index_name(const std::filesystem::path& path) {
  const auto family = detail::index::family_of(path.filename().string());
  return family && (family->suffix == ".safetensors" || family->suffix == ".bin");
}

namespace detail {

INGOT_INLINE std::filesystem::path save_sharded(const value& state,
                                                const std::filesystem::path& index,
                                                const sharded_options& options) {
  return save_sharded<posix>(state, index, options);
}

}  // namespace detail

}  // namespace ingot
