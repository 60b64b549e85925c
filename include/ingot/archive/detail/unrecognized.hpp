// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <ingot/core/error.hpp>
#include <ingot/io/endian.hpp>

namespace ingot::detail {

inline bool starts_with(std::span<const std::byte> head, std::string_view magic,
                        std::size_t at = 0) {
  if (head.size() < at + magic.size()) return false;
  return std::string_view(reinterpret_cast<const char*>(head.data()) + at, magic.size()) == magic;
}

struct appearance {
  std::string_view what;
  std::string_view remedy;
};

/// What a file that no archive recognizes seems to be, by its first bytes.
inline appearance appearance_of(std::span<const std::byte> head) {
  if (head.empty()) return {"an empty file", "take another copy of it"};
  if (starts_with(head, "version https://git-lfs")) {
    return {"a Git LFS pointer, not the file itself", "run: git lfs pull"};
  }
  if (starts_with(head, "<!DOCTYPE") || starts_with(head, "<!doctype") ||
      starts_with(head, "<html") || starts_with(head, "<HTML")) {
    return {"an HTML page", "the download got a web page; fetch the file itself"};
  }
  if (starts_with(head, "\x1f\x8b")) return {"a gzip file", "unpack it with gunzip"};
  if (starts_with(head, "ustar", 257)) return {"a tar file (PyTorch's before 0.1.10, or any)", ""};
  if (starts_with(head, "\x93NUMPY")) return {"a numpy array (.npy)", ""};
  if (head.size() >= 9 && head[8] == std::byte{'{'} &&
      load_little<std::uint64_t>(head.data()) <= 100'000'000) {
    return {"a safetensors file", ""};
  }
  if (starts_with(head, "\x80")) return {"a pickle (PyTorch's before 1.6, or a bare one)", ""};
  return {"none of the formats that Ingot knows", ""};
}

[[noreturn]] inline void refuse_unrecognized(const std::string& file,
                                             std::span<const std::byte> head) {
  const appearance seen = appearance_of(head);
  throw format_error({.file = file,
                      .expected = "a file that torch.save wrote",
                      .found = std::string(seen.what),
                      .remedy = std::string(seen.remedy)});
}

}  // namespace ingot::detail
