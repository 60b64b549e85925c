// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <ingot/core/error.hpp>

namespace ingot::detail {

/// Throws format_error unless [offset, offset + length) lies in a source of `size` bytes.
inline void check_range(const std::string& name, std::uint64_t size, std::uint64_t offset,
                        std::uint64_t length) {
  if (offset <= size && length <= size - offset) return;
  throw format_error({.file = name,
                      .where = "byte " + std::to_string(offset),
                      .expected = std::to_string(length) + " bytes",
                      .found = "the end at byte " + std::to_string(size),
                      .remedy = "the file is cut off or damaged"});
}

}  // namespace ingot::detail
