// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include <ingot/archive/detail/inner_file.hpp>
#include <ingot/container/zip_reader.hpp>
#include <ingot/core/error.hpp>

namespace ingot::detail {

/// The folder that all records are in, with its slash: as in PyTorch, that of the first one.
inline std::string top_folder(const zip_reader& zip) {
  if (zip.entries().empty()) return {};
  const std::string& first = zip.entries().front().name;
  const std::size_t slash = first.find('/');
  return slash == std::string::npos ? std::string() : first.substr(0, slash + 1);
}

/// Whose zip file it is: torch.save's, torch.jit.save's (and LibTorch's torch::save's) or
/// torch.export.save's.
enum class zip_contents { pickle, torchscript, pt2 };

/// Throws format_error for a file that none of them wrote, saying what else it is.
inline zip_contents contents_of(const zip_reader& zip, const std::string& folder) {
  const auto refuse = [&](std::string found, std::string remedy) {
    throw format_error({.file = zip.file()->name(),
                        .expected = "a zip file by PyTorch, with a record data.pkl",
                        .found = std::move(found),
                        .remedy = std::move(remedy)});
  };
  const auto has = [&](std::string_view record) {
    return zip.find(folder + std::string(record)) != nullptr;
  };
  if (zip.entries().empty()) refuse("an empty zip file", {});
  const bool is_pt2 = has("archive_format") || has("models/model.json");
  if (!is_pt2 && !has("data.pkl")) {
    if (has(".data/python_version") || has(".data/extern_modules")) {
      refuse("a torch.package", "save the module's state_dict with torch.save");
    }
    for (const zip_entry& entry : zip.entries()) {
      if (has_suffix(entry.name, ".npy")) refuse("numpy arrays (.npz)", {});
      if (is_model_file(entry.name)) {
        refuse("a zip file of files", "unpack it and open \"" + entry.name + "\" in it");
      }
    }
    refuse("a zip file with \"" + zip.entries().front().name.substr(0, 200) + '"', {});
  }
  for (const zip_entry& entry : zip.entries()) {
    if (entry.name.compare(0, folder.size(), folder) == 0) continue;
    throw format_error({.file = zip.file()->name(),
                        .where = entry.name.substr(0, 200),
                        .expected = "all records in one folder, \"" + folder + "\", as in PyTorch",
                        .found = "one outside of it"});
  }
  if (is_pt2) return zip_contents::pt2;
  return has("constants.pkl") ? zip_contents::torchscript : zip_contents::pickle;
}

}  // namespace ingot::detail
