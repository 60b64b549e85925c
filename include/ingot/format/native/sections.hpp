// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/format/native/cursor.hpp>
#include <ingot/format/native/layout.hpp>
#include <ingot/format/native/read_tensor.hpp>
#include <ingot/state/dict.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::native {

/// The structure of a record, taken apart. Views refer to its bytes.
struct sections {
  value metadata = dict{};
  std::vector<known_name> names{};
  std::vector<std::uint64_t> sizes{};  ///< of the storages
  std::span<const std::byte> tree{};
};

inline value parse_metadata(cursor in) {
  std::vector<value::pair> texts;
  for (std::size_t left = in.count("texts"); left > 0; --left) {
    std::string_view key = in.text();
    texts.emplace_back(key, in.text());
  }
  in.expect_end();
  return value::make_mapping(kind::dict, std::move(texts));
}

inline std::vector<known_name> parse_names(cursor in) {
  std::vector<known_name> names(in.count("names"));
  for (known_name& each : names) {
    each.text = in.text();
    if (each.text.size() > longest_name) {
      in.refuse("names of at most " + std::to_string(longest_name) + " bytes",
                std::to_string(each.text.size()));
    }
    each.type = find_dtype(each.text);
  }
  in.expect_end();
  return names;
}

inline std::vector<std::uint64_t> parse_sizes(cursor in) {
  std::vector<std::uint64_t> sizes(in.count("sizes"));
  for (std::uint64_t& each : sizes) each = in.number();
  in.expect_end();
  return sizes;
}

/// Throws format_error. Sections of numbers that aren't known are what later versions add.
inline sections parse_sections(std::span<const std::byte> structure) {
  sections result;
  cursor in(structure, "structure");
  for (std::uint64_t last = 0; !in.done();) {
    const std::uint64_t number = in.number();
    if (number <= last) in.refuse("sections in rising order", std::to_string(number));
    last = number;
    const std::span<const std::byte> content = in.octets();
    switch (static_cast<section>(number)) {
      case section::metadata:
        result.metadata = parse_metadata(cursor(content, "metadata"));
        break;
      case section::names:
        result.names = parse_names(cursor(content, "names"));
        break;
      case section::storages:
        result.sizes = parse_sizes(cursor(content, "storages"));
        break;
      case section::tree:
        result.tree = content;
        break;
      default:
        break;
    }
  }
  return result;
}

}  // namespace ingot::detail::native
