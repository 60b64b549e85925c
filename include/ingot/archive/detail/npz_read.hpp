// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/container/zip_format.hpp>
#include <ingot/container/zip_member.hpp>
#include <ingot/container/zip_reader.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/utf8.hpp>
#include <ingot/format/npy/read.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/io/damage.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/io/source.hpp>
#include <ingot/state/storage.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail {

inline constexpr std::string_view npy_suffix = ".npy";

/// Whether a zip file begins with an .npy file, or has no members: numpy.savez of nothing.
inline bool is_npz(std::span<const std::byte> head) noexcept {
  if (!is_zip(head)) return false;
  if (load_little<std::uint32_t>(head.data()) != zip_local_signature) return true;
  if (head.size() < zip_local_size) return false;
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  const std::size_t length = load_little<std::uint16_t>(head.data() + 26);
  // A name that reaches past the head is no file's of torch.save: those begin with a short folder.
  if (zip_local_size + length > head.size()) return true;
  return text.substr(zip_local_size, length).ends_with(npy_suffix);
}

/// The CRC-32 of the last `size` bytes of those that have the CRC-32 `whole`, of which the first
/// ones have `first`. (A CRC-32 of joined bytes is that of the first ones, shifted, xor that of the
/// last ones.)
inline std::uint32_t crc32_of_rest(std::uint32_t whole, std::uint32_t first, std::uint64_t size) {
  return whole ^ static_cast<std::uint32_t>(::crc32_combine(first, 0, static_cast<z_off_t>(size)));
}

/// The array in a member.
inline value read_npz_member(const source_ptr& file, const zip_entry& entry) {
  // Not the source that the array keeps: this one has begun to inflate.
  npy::beginning start = npy::read_beginning(*open_member(file, entry));
  extent elements{.size = start.elements_size(), .record = entry.name};
  if (entry.size - start.octets.size() != elements.size) {
    throw format_error(
        {.expected = "nothing after the array's elements",
         .found = std::to_string(entry.size - start.octets.size() - elements.size) + " bytes"});
  }
  const std::uint32_t first = crc32(0, start.octets);
  elements.crc = crc32_of_rest(entry.crc, first, elements.size);
  if (elements.size == 0 && *elements.crc != 0) {  // nobody will ever read and check them
    throw format_error(damage({}, {}, entry.crc, first));
  }
  if (entry.method == zip_method::stored) {
    elements.from = file;
    elements.offset = entry.offset + start.octets.size();
  } else {
    elements.from = open_member(file, entry);
    elements.offset = start.octets.size();
  }
  return npy::make_array(std::move(start.what), std::move(elements));
}

/// The name of a member's array. Throws format_error.
inline std::string npz_key(const std::string& member) {
  if (!is_utf8(member)) {
    throw format_error({.expected = "a name in UTF-8", .found = "other bytes"});
  }
  const bool has_suffix = member.ends_with(npy_suffix);
  return member.substr(0, member.size() - (has_suffix ? npy_suffix.size() : 0));
}

inline value read_npz(source_ptr source) {
  const zip_reader zip(std::move(source), zip_case::distinguished);
  std::vector<value::pair> arrays;
  arrays.reserve(zip.entries().size());
  for (const zip_entry& entry : zip.entries()) {
    if (entry.name.ends_with('/') && entry.size == 0) continue;  // a folder
    npy::named(zip.file()->name(), entry.name, [&] {
      std::string key = npz_key(entry.name);
      if (key.size() == entry.name.size() && zip.find(key + std::string(npy_suffix)) != nullptr) {
        throw format_error(
            {.expected = "one array of that name", .found = "two, with and without .npy"});
      }
      arrays.emplace_back(std::move(key), read_npz_member(zip.file(), entry));
    });
  }
  return value::make_mapping(kind::dict, std::move(arrays));
}

}  // namespace ingot::detail
