// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/archive/binary.hpp>
#include <ingot/archive/detail/archive_list.hpp>
#include <ingot/archive/legacy.hpp>
#include <ingot/archive/mapped.hpp>
#include <ingot/archive/npy.hpp>
#include <ingot/archive/npz.hpp>
#include <ingot/archive/sharded.hpp>
#include <ingot/archive/zip.hpp>

namespace ingot::detail {

/// What save(), open() and load() know without being told, those first that ask for more.
using known_archives = archive_list<npz, ingot::npy, mapped, binary, zip, legacy, sharded>;

/// The suffixes that name a format to save().
std::vector<std::string> known_suffixes();

/// "did you mean .safetensors?", where a suffix is nearly a known one; else empty.
std::string suggestion_for(std::string_view suffix);

/// Throws value_error for a path whose suffix names none of the formats that are written: another
/// program would take the file for what it isn't, or its owner meant another. A path without a
/// suffix passes.
void require_known_suffix(const std::filesystem::path& path);

}  // namespace ingot::detail

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/archive/impl/known.hpp>
#endif
