// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <ingot/core/error.hpp>
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

/// Opens a file and reads its structure, of an .ingot file of several records that of the record of
/// this number; with a number, a file of another format is a format_error. Throws file_error,
/// format_error, value_error where there is no such record.
input open_input(const std::filesystem::path& path, std::optional<std::size_t> record = {});

/// A storage and the first name that leads to it.
struct named_storage {
  std::string name;
  storage_ptr bytes;
};

/// The storages of all tensors, each once, in order.
std::vector<named_storage> storages_of(const value& root);

/// Throws value_error where the elements of all tensors are out of proportion to their storages.
void check_sizes(const value& root);

/// Bytes of all those storages.
std::uint64_t total_size(const std::vector<named_storage>& storages);

/// The facts of a failure with the tensor whose bytes it was met in; an empty name adds nothing.
error_info in_tensor(error_info facts, const std::string& name);

/// Reads a storage to its end in memory of a fixed size, unless its checksum was found right
/// before; throws format_error, which names the record and the tensor, where its bytes don't have
/// the checksum that the file says.
void check_storage(const named_storage& storage);

}  // namespace ingot::tools
