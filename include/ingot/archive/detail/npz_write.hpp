// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <ingot/archive/detail/npz_read.hpp>
#include <ingot/container/zip_writer.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/utf8.hpp>
#include <ingot/format/npy/write.hpp>
#include <ingot/io/sink.hpp>
#include <ingot/state/copy_buffer.hpp>
#include <ingot/state/materialized_size.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail {

/// The name of an array's member. Throws value_error.
inline std::string npz_member(const value& key) {
  if (key.kind() != kind::string) {
    throw value_error({.where = "the root of an .npz file",
                       .expected = "a dict whose keys are str",
                       .found = "the key " + summary(key)});
  }
  std::string name = key.text() + std::string(npy_suffix);
  if (name.size() > 0xffff || name.find('\0') != name.npos || !is_utf8(name)) {
    throw value_error(
        {.where = "the key " + detail::quoted(key.text().substr(0, key.text().find('\0'))),
         .expected = "a name of at most 65531 bytes of UTF-8 without zero bytes",
         .found = "one that a zip file can't hold"});
  }
  return name;
}

inline void write_npz(const value& state, sink& out) {
  if (!state.is_mapping()) {
    throw value_error({.where = "the root of an .npz file",
                       .expected = "a dict from str to arrays",
                       .found = summary(state)});
  }
  std::vector<npy::array_writer> arrays;  // all of them are looked at before a byte is written
  arrays.reserve(state.size());
  materialized_sizes sizes;
  for (const auto& [key, leaf] : state.items()) {
    npz_member(key);
    sizes.add(arrays.emplace_back(leaf, key.text()).elements(), key.text());
  }
  sizes.check();
  zip_writer zip(out, zip_case::distinguished);
  copy_buffer buffer;
  for (const npy::array_writer& array : arrays) array.expect(buffer);
  std::size_t next = 0;
  for (const auto& [key, leaf] : state.items()) {
    const npy::array_writer& array = arrays[next++];
    zip.begin(npz_member(key), array.size());
    array.write(buffer, [&](std::span<const std::byte> piece) { zip.write(piece); });
    zip.end();
  }
  zip.finish();
}

}  // namespace ingot::detail
