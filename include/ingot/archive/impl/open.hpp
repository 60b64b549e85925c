// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <istream>
#include <optional>
#include <span>
#include <utility>

#include <ingot/archive/known.hpp>
#include <ingot/archive/open.hpp>
#include <ingot/core/separate.hpp>
#include <ingot/state/locate.hpp>

namespace ingot {

namespace detail {

INGOT_INLINE opened_file located(opened_file file, const map_location& where) {
  if (!where) return file;
  return {{locate(file, where), file.format(), file.metadata()}, file.path()};
}

}  // namespace detail

INGOT_INLINE opened_file open(source_ptr from) {
  std::optional<opened_file> result;
  detail::with_head(*from, [&](std::span<const std::byte> head) {
    const bool known = detail::known_archives::with_recognized(
        head, [&]<class A>() { result.emplace(detail::read_file<A>(from, {})); });
    if (!known) detail::refuse_unrecognized(from->name(), head);
  });
  return *std::move(result);
}

INGOT_INLINE opened_file open(const std::filesystem::path& path, const open_options& options) {
  return detail::located(open(open_file(sharded::index_or_one_file(path), options.access)),
                         options.map_location);
}

INGOT_INLINE opened_file open(std::span<const std::byte> bytes) { return open(from_memory(bytes)); }

INGOT_INLINE opened_file open(std::istream& in) { return open(from_stream(in)); }

}  // namespace ingot
