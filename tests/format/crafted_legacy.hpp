// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/archive/legacy.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/io/memory_source.hpp>

#include "pickled.hpp"

// Files of PyTorch before 1.6, byte by byte.
namespace crafted {

using namespace pickled;

inline const std::string magic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s;
inline const std::string header = magic + "\x80\x02M\xe9\x03." + "\x80\x02}.";

inline std::string count(std::int64_t number) {
  std::string bytes;
  ingot::append_little(bytes, number);
  return bytes;
}

/// A storage of 6-part persistent ids; `view` is an opcode or several.
inline std::string old_storage(std::string_view key, std::int64_t numel,
                               std::string_view view = "N",
                               std::string_view kind = "FloatStorage") {
  return tuple(text("storage") + global("torch", kind) + text(key) + text("cpu") + integer(numel) +
               std::string(view)) +
         "Q";
}

/// torch._utils._rebuild_tensor of a storage: one dimension.
inline std::string old_tensor(std::string_view storage, std::int64_t numel,
                              std::int64_t offset = 0) {
  return global("torch._utils", "_rebuild_tensor") +
         tuple(std::string(storage) + integer(offset) + tuple(integer(numel)) + tuple("K\x01")) +
         "R";
}

/// A view's description.
inline std::string view(std::string_view key, std::int64_t offset, std::int64_t numel) {
  return tuple(text(key) + integer(offset) + integer(numel));
}

inline std::string keys(std::initializer_list<std::string_view> all) {
  std::string list = "\x80\x02](";
  for (const std::string_view each : all) list += text(each);
  return list + "e.";
}

inline std::string object(std::string_view pickle) {
  return "\x80\x02" + std::string(pickle) + ".";
}

/// The elements of a float32 storage, with their number in front.
inline std::string floats(std::initializer_list<float> elements) {
  std::string bytes = count(static_cast<std::int64_t>(elements.size()));
  for (const float each : elements) ingot::append_little(bytes, each);
  return bytes;
}

inline ingot::contents open(std::string_view file) {
  const auto bytes = std::as_bytes(std::span(file));
  return ingot::legacy::read(ingot::from_memory({bytes.begin(), bytes.end()}, "old.pth"));
}

/// What the refusal of a file says; empty where it is read.
inline std::string error_of(std::string_view file) {
  try {
    open(file);
  } catch (const ingot::format_error& failure) {
    return failure.what();
  }
  return {};
}

}  // namespace crafted
