// SPDX-License-Identifier: Apache-2.0
// Whole zip files by PyTorch: torch.save, torch.jit.save and torch.export.save.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <ingot/archive/zip.hpp>

#include "support/archive_check.hpp"
#include "support/pickle_mutator.hpp"
#include "support/zip_mutator.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  if (ingot::zip::recognizes(input)) fuzz::check_archive<ingot::zip>(input, 4096);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  fuzz::random dice(seed);
  std::string file(reinterpret_cast<const char*>(data), size);
  fuzz::zip_mutator(dice, most, [&](const std::string& name, std::string& content) {
    if (name.ends_with(".pkl")) return fuzz::pickle_mutator(dice, content.size() + 128)(content);
    fuzz::mutate_bytes(content, content.size() + 16);
  })(file);
  return fuzz::give(file, data, most);
}
