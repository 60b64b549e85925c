// SPDX-License-Identifier: Apache-2.0
// PyTorch's files of before 1.6 and of before 0.1.10, and bare pickles.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <ingot/archive/legacy.hpp>

#include "support/archive_check.hpp"
#include "support/legacy_mutator.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  if (ingot::legacy::recognizes(input)) fuzz::check_archive<ingot::legacy>(input, 2048);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  fuzz::random dice(seed);
  std::string file(reinterpret_cast<const char*>(data), size);
  fuzz::legacy_mutator(dice, most)(file);
  return fuzz::give(file, data, most);
}
