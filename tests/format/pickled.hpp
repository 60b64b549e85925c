// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/format/torch/read.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/io/memory_source.hpp>
#include <ingot/state/value.hpp>

namespace pickled {

using namespace std::string_literals;

/// Reads a pickle whose storages all have the record of `record_size` zero bytes.
inline ingot::value read(std::string_view pickle, std::size_t record_size = 24) {
  const auto bytes = std::as_bytes(std::span(pickle));
  return ingot::detail::torch::read(bytes, bytes.size(), [&](std::string_view key) {
    return ingot::extent{.from = ingot::from_memory(std::vector<std::byte>(record_size)),
                         .size = record_size,
                         .record = "data/" + std::string(key)};
  });
}

/// What the refusal of a pickle says; empty where it is read.
inline std::string refusal(std::string_view pickle, std::size_t record_size = 24) {
  try {
    read(pickle, record_size);
  } catch (const ingot::format_error& failure) {
    return failure.what();
  }
  return {};
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

inline std::string little4(std::uint32_t number) {
  std::string bytes;
  ingot::append_little(bytes, number);
  return bytes;
}
inline std::string text(std::string_view characters) {
  return "X" + little4(static_cast<std::uint32_t>(characters.size())) + std::string(characters);
}
inline std::string integer(std::int64_t number) {
  std::string bytes = "\x8a\x08"s;
  ingot::append_little(bytes, number);
  return bytes;
}
inline std::string global(std::string_view module, std::string_view name) {
  return "c" + std::string(module) + "\n" + std::string(name) + "\n";
}
inline std::string tuple(std::string_view elements) { return "(" + std::string(elements) + "t"; }

/// A float32 storage "0" of `numel` elements.
inline std::string storage(std::int64_t numel, std::string_view kind = "FloatStorage",
                           std::string_view key = "0") {
  return tuple(text("storage") + global("torch", kind) + text(key) + text("cpu") + integer(numel)) +
         "Q";
}

/// _rebuild_tensor_v2 over that storage; sizes and strides are opcodes of their elements.
inline std::string tensor(std::string_view sizes, std::string_view strides, std::int64_t offset = 0,
                          std::int64_t numel = 6) {
  return global("torch._utils", "_rebuild_tensor_v2") +
         tuple(storage(numel) + integer(offset) + tuple(sizes) + tuple(strides) + "\x89" +
               global("collections", "OrderedDict") + ")R") +
         "R";
}

}  // namespace pickled
