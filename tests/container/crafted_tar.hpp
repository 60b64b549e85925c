// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/container/tar.hpp>
#include <ingot/core/error.hpp>
#include <ingot/io/memory_source.hpp>

// Tar files, header by header.
namespace crafted {

inline const std::string posix_mark(
    "ustar\0"
    "00",
    8);
inline const std::string tar_end(1024, '\0');

inline std::string octal(std::uint64_t number, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(number));
  return text;
}

inline std::string tar_header(std::string_view name, std::uint64_t size, char kind = '0',
                              const std::string& mark = posix_mark) {
  std::string header(512, '\0');
  header.replace(0, name.size(), name);
  header.replace(100, 7, "0000644");
  header.replace(124, 11, octal(size, 11));
  header.replace(136, 11, octal(0, 11));
  header[156] = kind;
  header.replace(257, 8, mark);
  header.replace(148, 8, 8, ' ');
  std::uint64_t sum = 0;
  for (const char each : header) sum += static_cast<unsigned char>(each);
  header.replace(148, 7, octal(sum, 6) + '\0');
  return header;
}

/// A header, the content, and zeros up to the next block.
inline std::string tar_member(std::string_view name, std::string_view content, char kind = '0',
                              const std::string& mark = posix_mark) {
  std::string all = tar_header(name, content.size(), kind, mark) + std::string(content);
  all.resize((all.size() + 511) / 512 * 512);
  return all;
}

inline std::vector<ingot::tar_entry> tar_entries(std::string_view file) {
  return ingot::read_tar(*ingot::from_memory(std::as_bytes(std::span(file))));
}

/// What the refusal of a tar file says; empty where it is read.
inline std::string tar_error(std::string_view file) {
  try {
    tar_entries(file);
  } catch (const ingot::format_error& failure) {
    return failure.what();
  }
  return {};
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace crafted
