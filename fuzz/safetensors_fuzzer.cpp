// SPDX-License-Identifier: Apache-2.0
// The header of a safetensors file, and the tensors that it describes.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <ingot/archive/mapped.hpp>

#include "support/archive_check.hpp"
#include "support/safetensors_mutator.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  const auto file = fuzz::check_archive<ingot::mapped>(input, 256);
  if (file && fuzz::thoroughness_for(input) == fuzz::thoroughness::thorough) {
    const auto tied = ingot::mapped::read(ingot::from_memory(input), {.restore_ties = true});
    fuzz::use(tied.root, fuzz::thoroughness::thorough);
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  fuzz::random dice(seed);
  std::string file(reinterpret_cast<const char*>(data), size);
  fuzz::safetensors_mutator(dice, most)(file);
  return fuzz::give(file, data, most);
}
