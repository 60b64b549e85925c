// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <ingot/core/error.hpp>
#include <ingot/core/safe_hash.hpp>
#include <ingot/format/json/read.hpp>
#include <ingot/format/safetensors/header.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::safetensors {

/// The metadata key under which Ingot keeps checksums: a JSON object from the tensors' names to the
/// CRC-32 of their bytes, eight hexadecimal digits.
inline constexpr std::string_view checksums_name = "ingot.crc32";

using checksum_table = std::unordered_map<std::string, std::uint32_t, safe_hash, std::equal_to<>>;

/// Reads the object, for json::read().
class checksum_events {
 public:
  explicit checksum_events(const std::string& file) : file_(file) {}

  checksum_table take() && { return std::move(result_); }

  void null() const { fail("null"); }
  void boolean(bool) const { fail("a bool"); }
  void number(std::string_view text) const { fail(std::string(text.substr(0, 40))); }
  void string(std::string_view digits) {
    std::uint32_t crc = 0;
    const char* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, crc, 16);
    if (!inside_ || digits.size() != 8 || read.ec != std::errc() || read.ptr != end) {
      fail(detail::quoted(digits));
    }
    result_.insert_or_assign(std::move(key_), crc);
  }
  void begin_object() {
    if (std::exchange(inside_, true)) fail("an object");
  }
  void key(std::string_view text) { key_ = text; }
  void end_object() const noexcept {}
  void begin_array() const { fail("an array"); }
  void end_array() const noexcept {}

 private:
  [[noreturn]] void fail(std::string found) const {
    const std::string tensor = inside_ ? ", tensor " + detail::quoted(key_) : "";
    throw format_error({.file = file_,
                        .where = std::string(checksums_name) + " in the metadata" + tensor,
                        .expected = "an object from names to eight hexadecimal digits",
                        .found = std::move(found),
                        .remedy = "without this key the file is read without checksums"});
  }

  const std::string& file_;
  checksum_table result_;
  std::string key_;
  bool inside_ = false;
};

/// Takes the checksums out of the metadata. Throws format_error where they aren't as Ingot writes
/// them.
inline checksum_table take_checksums(texts& metadata, const std::string& file) {
  for (auto at = metadata.begin(); at != metadata.end(); ++at) {
    if (at->first != checksums_name) continue;
    const std::string text = std::move(at->second);
    metadata.erase(at);
    checksum_events events(file);
    json::read(text, events, file, std::string(checksums_name));
    return std::move(events).take();
  }
  return {};
}

}  // namespace ingot::detail::safetensors
