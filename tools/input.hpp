// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <ingot/io/source.hpp>
#include <ingot/state/value.hpp>

namespace ingot::tools {

/// A file that was named on the command line.
struct input {
  source_ptr source;
  std::string format;  ///< as `ls --json` names it
  value metadata;      ///< a dict from str to str
  value root;
};

/// Opens a file and reads its structure. Throws file_error, format_error.
input open_input(const std::filesystem::path& path);

/// A storage and the first name that leads to it.
struct named_storage {
  std::string name;
  storage_ptr bytes;
};

/// The storages of all tensors, each once, in order.
std::vector<named_storage> storages_of(const value& root);

/// Bytes of all those storages.
std::uint64_t total_size(const std::vector<named_storage>& storages);

/// Reads a storage to its end in memory of a fixed size; throws format_error, which names the
/// record and the tensor, where its bytes don't have the checksum that the file says.
void check_storage(const named_storage& storage);

}  // namespace ingot::tools
