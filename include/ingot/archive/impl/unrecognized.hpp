// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <ingot/archive/detail/unrecognized.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/separate.hpp>
#include <ingot/io/endian.hpp>

namespace ingot::detail {

/// What a file seems to be that begins with `magic`, from byte `at` on.
struct appearance {
  std::size_t at;
  std::string_view magic;
  std::string_view what;
  std::string_view remedy;
};

/// Files that people take for a model's, and those that another archive than the named one reads.
inline std::span<const appearance> known_appearances() {
  using namespace std::string_view_literals;
  constexpr std::string_view page = "the download got a web page; fetch the file itself";
  constexpr std::string_view unpack = "unpack it";
  constexpr std::string_view old_pickle = "a pickle of protocol 0 or 1";
  constexpr std::string_view again =
      "save it with torch.save, or with pickle's protocol 2 or later";
  constexpr std::string_view weights = "save the model's state_dict with torch.save";
  static constexpr std::array<appearance, 29> known{{
      {0, "version https://git-lfs", "a Git LFS pointer, not the file itself", "run: git lfs pull"},
      {0, "<!DOCTYPE", "an HTML page", page},
      {0, "<!doctype", "an HTML page", page},
      {0, "<html", "an HTML page", page},
      {0, "<HTML", "an HTML page", page},
      {0, "<?xml", "an XML text, such as a storage service's refusal", page},
      {0, "\x1f\x8b"sv, "a gzip file", "unpack it with gunzip"},
      {0,
       "\xfd"
       "7zXZ"sv,
       "an xz file", "unpack it with unxz"},
      {0, "\x28\xb5\x2f\xfd"sv, "a zstd file", "unpack it with unzstd"},
      {0, "BZh", "a bzip2 file", "unpack it with bunzip2"},
      {0, "7z\xbc\xaf\x27\x1c"sv, "a 7z file", unpack},
      {0, "Rar!", "a rar file", unpack},
      {257, "ustar", "a tar file (PyTorch's before 0.1.10, or any)", ""},
      {0, "PK\x03\x04"sv, "a zip file", ""},
      {0, "PK\x05\x06"sv, "an empty zip file", ""},
      {0, "\x93NUMPY", "a numpy array (.npy)", ""},
      {0, "\x89INGOT", "a stream of Ingot's own (.ingot)", ""},
      {0, "\x89HDF\r\n"sv, "an HDF5 file (Keras)", "convert its weights in Python"},
      {0, "GGUF", "a GGUF file (llama.cpp)", "take the model's safetensors or .pt files"},
      {0, "ggml", "a GGML file (llama.cpp)", "take the model's safetensors or .pt files"},
      {0, "lmgg", "a GGML file (llama.cpp)", "take the model's safetensors or .pt files"},
      {2, "\x12\x07pytorch"sv, "an ONNX model that PyTorch exported", weights},
      {4, "TFL3", "a TensorFlow Lite model", "convert its weights in Python"},
      {0,
       "\x7f"
       "ELF"sv,
       "a program or library", "take the model's file"},
      {0, "%PDF", "a PDF document", "take the model's file"},
      {0, "{", "a JSON text", "open the file with the weights, or the index of its shards"},
      {0, "(dp", old_pickle, again},
      {0, "ccollections\nOrderedDict\n", old_pickle, again},
      {0, "\x80", "a pickle (PyTorch's before 1.6, or a bare one)", ""},
  }};
  return known;
}

inline bool has_magic(std::span<const std::byte> head, const appearance& of) {
  if (head.size() < of.at + of.magic.size()) return false;
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  return text.substr(of.at, of.magic.size()) == of.magic;
}

/// What a file that no archive recognizes seems to be, by its first bytes.
inline appearance appearance_of(std::span<const std::byte> head) {
  if (head.empty()) return {0, {}, "an empty file", "take another copy of it"};
  for (const appearance& each : known_appearances()) {
    if (has_magic(head, each)) return each;
  }
  if (head.size() >= 9 && head[8] == std::byte{'{'} &&
      load_little<std::uint64_t>(head.data()) <= 100'000'000) {
    return {0, {}, "a safetensors file", ""};
  }
  const auto is = [&](auto test) { return std::all_of(head.begin(), head.end(), test); };
  if (is([](std::byte each) { return each == std::byte{0}; })) {
    return {0, {}, "zeros: a download that didn't finish?", "take another copy of it"};
  }
  if (is([](std::byte each) {
        const auto code = static_cast<unsigned char>(each);
        return (code >= 0x20 && code < 0x7f) || code == '\n' || code == '\r' || code == '\t';
      })) {
    return {0, {}, "a text", "look at it: a download that failed leaves a message"};
  }
  return {0, {}, "none of the formats that Ingot knows", ""};
}

INGOT_INLINE void refuse_unrecognized(const std::string& file, std::span<const std::byte> head,
                                      std::string_view format) {
  const appearance seen = appearance_of(head);
  throw format_error({.file = file,
                      .expected = format.empty() ? "a file of PyTorch, safetensors or numpy"
                                                 : "a file of the format " + std::string(format),
                      .found = std::string(seen.what),
                      .remedy = std::string(seen.remedy)});
}

}  // namespace ingot::detail
