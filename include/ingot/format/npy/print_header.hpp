// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <ingot/core/dtype.hpp>
#include <ingot/core/shape.hpp>
#include <ingot/format/npy/descr.hpp>
#include <ingot/format/npy/header.hpp>
#include <ingot/io/endian.hpp>

namespace ingot::detail::npy {

/// A Python tuple: "()", "(3,)", "(2, 3)".
inline std::string python_tuple(const shape& extents) {
  std::string text = "(";
  for (const std::int64_t extent : extents) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(extent);
  }
  return text + (extents.rank() == 1 ? ",)" : ")");
}

/// All that stands before the elements of a little-endian array of at most 64 dimensions, byte for
/// byte as numpy 2 writes it: version 1.0, room for one size to grow, then spaces up to a multiple
/// of 64.
inline std::string print_header(const header& what) {
  constexpr std::size_t longest_extent = 21;
  constexpr std::size_t before_text = 10;  // magic, version, length
  const shape& extents = what.shape;
  std::string text = "{'descr': '" + descr_of(what.type) +
                     "', 'fortran_order': " + (what.fortran_order ? "True" : "False") +
                     ", 'shape': " + python_tuple(extents) + ", }";
  if (extents.rank() != 0) {
    const std::int64_t growing = extents[what.fortran_order ? extents.rank() - 1 : 0];
    text.append(longest_extent - std::to_string(growing).size(), ' ');
  }
  const std::size_t length = before_text + text.size() + 1;
  text.append(alignment - length % alignment, ' ');
  text += '\n';

  std::string octets(magic);
  octets += '\1';
  octets += '\0';
  append_little(octets, static_cast<std::uint16_t>(text.size()));
  return octets + text;
}

}  // namespace ingot::detail::npy
