// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/shape.hpp>

namespace ingot::detail::safetensors {

/// The name under which a header keeps texts beside its tensors.
inline constexpr std::string_view metadata_name = "__metadata__";

/// A longer header is refused by the reference, and so never written.
inline constexpr std::uint64_t longest_header = 100'000'000;

/// A tensor as a header describes it.
struct description {
  std::string name{};
  dtype type = dtype::float32;
  ingot::shape shape{};                       ///< counts elements, not packed units
  std::optional<std::uint64_t> elements = 1;  ///< nothing: the product needs more than 64 bits
  bool too_wide = false;                      ///< an extent needs the 64th bit, which `shape` lacks
  std::uint64_t begin = 0;                    ///< in the data after the header
  std::uint64_t end = 0;
};

using texts = std::vector<std::pair<std::string, std::string>>;

struct header {
  std::vector<description> tensors{};
  texts metadata{};
};

/// Bits an element, counted as safetensors does: 4 for F4, 6 for F6.
constexpr std::uint64_t bits_of(dtype type) noexcept {
  return std::uint64_t{8} * info(type).size / info(type).per_unit;
}

/// `reason` is what the reference implementation (Rust's safetensors 0.8) calls the error.
[[noreturn]] inline void refuse(const std::string& file, std::string_view where,
                                std::string_view reason, std::string expected, std::string found) {
  throw format_error({.file = file,
                      .where = std::string(where) + " (" + std::string(reason) + ')',
                      .expected = std::move(expected),
                      .found = std::move(found),
                      .remedy = "the file is damaged, cut off or no safetensors file"});
}

}  // namespace ingot::detail::safetensors
