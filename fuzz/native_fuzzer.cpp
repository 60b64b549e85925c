// SPDX-License-Identifier: Apache-2.0
// Ingot's own stream, by position and as a stream.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <sstream>
#include <string>

#include <ingot/archive/binary.hpp>

#include "support/archive_check.hpp"
#include "support/native_mutator.hpp"

namespace {

using bytes = std::span<const std::byte>;

/// The record that a stream begins with, all of which was checked.
std::optional<ingot::contents> read_stream(bytes input) {
  std::istringstream in(std::string(reinterpret_cast<const char*>(input.data()), input.size()));
  try {
    return ingot::binary::next(in);
  } catch (const ingot::format_error&) {
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes input = std::as_bytes(std::span(data, size));
  const auto file = fuzz::check_archive<ingot::binary>(input, 512);
  if (fuzz::thoroughness_for(input) == fuzz::thoroughness::quick) return 0;
  const auto stream = read_stream(input);
  if (stream) fuzz::use(stream->root, fuzz::thoroughness::thorough);
  if (file && stream && !fuzz::same(file->root, stream->root)) {
    fuzz::fail("a file and a stream hold the same");
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  fuzz::random dice(seed);
  std::string file(reinterpret_cast<const char*>(data), size);
  fuzz::native_mutator(dice, most)(file);
  return fuzz::give(file, data, most);
}
