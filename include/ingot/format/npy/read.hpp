// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/shape.hpp>
#include <ingot/format/npy/header.hpp>
#include <ingot/format/npy/parse_header.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/io/source.hpp>
#include <ingot/state/storage.hpp>
#include <ingot/state/tensor_data.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::npy {

/// Whether a file begins as an .npy file does.
inline bool is_array(std::span<const std::byte> head) noexcept {
  return head.size() >= magic.size() &&
         std::string_view(reinterpret_cast<const char*>(head.data()), magic.size()) == magic;
}

/// What stands before the elements.
struct beginning {
  header what{};
  std::vector<std::byte> octets{};  ///< all of it: the elements begin at octets.size()

  std::uint64_t elements_size() const noexcept {  // it fits: the header was checked
    return static_cast<std::uint64_t>(byte_count(what.shape, size_of(what.type)).value_or(0));
  }
};

/// Where the text of the header is.
struct header_place {
  int version;
  std::size_t first;
  std::size_t size;
};

/// Reads magic, version and length from the first 128 bytes of a file, or all that it has. Throws
/// format_error.
inline header_place find_header(std::span<const std::byte> head) {
  constexpr std::size_t version_at = magic.size();
  constexpr std::size_t length_at = version_at + 2;
  if (!is_array(head)) {
    throw format_error({.expected = "an array of numpy, \\x93NUMPY", .found = "something else"});
  }
  if (head.size() < length_at + 4) {
    throw format_error({.expected = "the header of an array of numpy",
                        .found = std::to_string(head.size()) + " bytes",
                        .remedy = "the file is cut off: take another copy of it"});
  }
  const int version = std::to_integer<int>(head[version_at]);
  const int minor = std::to_integer<int>(head[version_at + 1]);
  if (version < 1 || version > 3 || minor != 0) {
    throw format_error({.expected = "the .npy format 1.0, 2.0 or 3.0",
                        .found = std::to_string(version) + '.' + std::to_string(minor)});
  }
  const std::byte* length = head.data() + length_at;
  const std::uint64_t size =
      version == 1 ? load_little<std::uint16_t>(length) : load_little<std::uint32_t>(length);
  if (size > max_header_size) {
    throw format_error(
        {.expected = "a header of at most 10000 bytes, as numpy", .found = std::to_string(size)});
  }
  return {version, length_at + (version == 1 ? 2u : 4u), static_cast<std::size_t>(size)};
}

/// Reads the header and checks that the elements are there. Throws format_error without the file's
/// name, and what the source throws.
inline beginning read_beginning(const source& from) {
  // One reading is enough: a header and what is before it take 128 bytes, but for a long shape.
  constexpr std::uint64_t usual = 128;
  beginning result;
  std::vector<std::byte>& octets = result.octets;
  octets.resize(static_cast<std::size_t>(std::min(usual, from.size())));
  from.read(0, octets);
  const header_place place = find_header(octets);
  const std::size_t known = octets.size();
  const std::size_t end = place.first + place.size;
  octets.resize(end);
  if (end > known) from.read(known, std::span(octets).subspan(known));
  const std::string_view all(reinterpret_cast<const char*>(octets.data()), end);
  result.what = header_parser(all.substr(place.first), place.version <= 2).parse();
  if (result.elements_size() > from.size() - end) {
    throw format_error({.expected = std::to_string(result.elements_size()) +
                                    " bytes of elements, " + to_string(result.what.shape),
                        .found = std::to_string(from.size() - end),
                        .remedy = "the file is cut off: take another copy of it"});
  }
  return result;
}

/// The array over its elements, which are all of the extent.
inline value make_array(header what, extent elements) {
  elements.big_endian = what.big_endian;
  tensor_data array;
  // Nothing has no order: numpy would write it in the other one.
  const bool fortran = what.fortran_order && elements.size != 0;
  array.bytes = std::make_shared<const storage>(std::move(elements));
  array.type = what.type;
  array.strides = fortran ? column_major_strides(what.shape) : contiguous_strides(what.shape);
  array.shape = std::move(what.shape);
  return value::make_ndarray(std::move(array));
}

/// Runs read(), and names the file and the place in what it throws.
template <class Read>
auto named(const std::string& file, const std::string& place, Read read) {
  try {
    return read();
  } catch (const format_error& failure) {
    error_info facts = failure.info();
    if (facts.file.empty()) facts.file = file;
    if (!place.empty()) facts.where = place + (facts.where.empty() ? "" : ", " + facts.where);
    throw format_error(std::move(facts));
  }
}

}  // namespace ingot::detail::npy
