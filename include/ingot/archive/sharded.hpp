// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/archive/contents.hpp>
#include <ingot/io/source.hpp>

namespace ingot {

/// A model in several files beside an index, as Hugging Face's libraries save large ones:
/// model.safetensors.index.json or pytorch_model.bin.index.json. Reads; save_sharded() writes.
struct sharded {
  static constexpr std::string_view name = "sharded";

  struct read_options {
    bool restore_ties = false;  ///< names that the metadata notes as left out are aliases
  };

  /// Any JSON object: read() says what is missing in one that is no index.
  static bool recognizes(std::span<const std::byte> head) noexcept;

  /// Reads the index: a dict in its order. A file that it names is opened, in the same folder and
  /// with the same access, when one of its tensors is first looked at; what is wrong with the file
  /// is thrown there. Tensors that the index doesn't list are left out, and so is the metadata's
  /// total_size, which is the index's own. Throws format_error.
  static contents read(source_ptr in, const read_options& how);

  /// The index of this path, or, where there is none, the one file that save_sharded() writes of a
  /// model that fits in it: model.safetensors for model.safetensors.index.json.
  static std::filesystem::path index_or_one_file(const std::filesystem::path& path);

  /// Opens every file that an index names, which checks them, and returns the names of the tensors
  /// in them that it doesn't list, as "file: tensor". Throws what looking at the tensors throws.
  static std::vector<std::string> unlisted(source_ptr in);
};

}  // namespace ingot

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/archive/impl/sharded.hpp>
#endif
