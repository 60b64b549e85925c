// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <ingot/core/error.hpp>
#include <ingot/state/tensor_data.hpp>

namespace ingot::detail {

/// The file that is read for these (of each, `storage_of` tells the storage's address); empty where
/// there are several, as a device tells of a failed copy when others were begun, and where there is
/// none.
template <class Range, class Projection>
std::string common_file(const Range& all, Projection storage_of) {
  const std::string* result = nullptr;
  for (const auto& each : all) {
    const extent* file = storage_of(each)->file();
    if (file == nullptr) continue;
    if (result != nullptr && *result != file->from->name()) return {};
    result = &file->from->name();
  }
  return result == nullptr ? std::string() : *result;
}

/// Calls act(), which takes memory for a tensor; a failure of it, a device's, names the tensor and
/// its file.
template <class Act>
void blame_on(std::string_view name, const tensor_data& tensor, Act act) {
  try {
    act();
  } catch (error& failure) {
    error_info info = failure.info();
    if (const extent* file = tensor.bytes->file(); file != nullptr && info.file.empty()) {
      info.file = file->from->name();
    }
    info.where = std::string(name) + (info.where.empty() ? "" : ": " + info.where);
    failure.amend(std::move(info));
    throw;
  }
}

}  // namespace ingot::detail
