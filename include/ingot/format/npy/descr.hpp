// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
#include <ingot/format/npy/header.hpp>

namespace ingot::detail::npy {

/// An array of something else than numbers, or of numbers that no other format has.
struct foreign_type {
  std::string_view what;
  std::string_view remedy;
};

inline foreign_type foreign_type_of(std::string_view kind_and_size) {
  switch (kind_and_size.empty() ? ' ' : kind_and_size.front()) {
    case 'O':
      return {"pickled Python objects", "in Python: array.astype(float) before numpy saves it"};
    case 'S':
    case 'U':
    case 'a':
      return {"texts", "leave the array out of the file"};
    case 'M':
    case 'm':
      return {"dates or time spans", "in Python: array.view(numpy.int64) before numpy saves it"};
    case 'V':
      if (kind_and_size == "V2") {
        return {"raw bytes: numpy saves bfloat16 so, without its name",
                "in Python: array.astype(numpy.float32) before numpy saves it"};
      }
      return {"raw bytes", "in Python: array.view(numpy.uint8) before numpy saves it"};
    case 'f':
      return {"long doubles", "in Python: array.astype(numpy.float64) before numpy saves it"};
    case 'c':
      return {"long complexes", "in Python: array.astype(numpy.complex128) before numpy saves it"};
    default:
      return {"an unknown dtype", "in Python: array.astype(float) before numpy saves it"};
  }
}

[[noreturn]] inline void refuse_type(std::string_view text, const foreign_type& foreign) {
  throw format_error(
      {.expected = "an array of bool, int, float or complex",
       .found = std::string(text.substr(0, 80)) + " (" + std::string(foreign.what) + ')',
       .remedy = std::string(foreign.remedy)});
}

/// Sets the dtype and the byte order from a descr such as "<f8". Without a byte order, and with
/// "=", elements have that of the machine that wrote them: little-endian.
inline void set_type(header& what, std::string_view descr) {
  const bool has_order =
      !descr.empty() && std::string_view("<>|=").find(descr.front()) != std::string_view::npos;
  const std::string_view kind_and_size = descr.substr(has_order ? 1 : 0);
  const auto type = find_dtype(kind_and_size, &dtype_info::numpy);
  if (!type) refuse_type('\'' + std::string(descr) + '\'', foreign_type_of(kind_and_size));
  what.type = *type;
  what.big_endian = has_order && descr.front() == '>' && info(*type).swap > 1;
}

/// The descr of a dtype that numpy has, little-endian.
inline std::string descr_of(dtype type) {
  return (size_of(type) == 1 ? '|' : '<') + std::string(info(type).numpy);
}

}  // namespace ingot::detail::npy
