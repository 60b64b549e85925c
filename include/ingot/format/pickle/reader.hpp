// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include <ingot/core/error.hpp>
#include <ingot/io/endian.hpp>

namespace ingot::detail::pickle {

/// Takes bytes from the front of a pickle; every length is checked against what is left. Throws
/// format_error; the machine adds the file and the place.
class reader {
 public:
  explicit reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::size_t position() const noexcept { return position_; }

  std::uint8_t byte() { return static_cast<std::uint8_t>(take(1)[0]); }

  /// A little-endian number.
  template <class T>
  T little() {
    return load_little<T>(take(sizeof(T)));
  }

  /// A big-endian number; only BINFLOAT is.
  template <class T>
  T big() {
    return load_big<T>(take(sizeof(T)));
  }

  /// `length` bytes, not copied.
  std::string_view text(std::uint64_t length) {
    if (length > bytes_.size() - position_) {
      throw format_error({.expected = std::to_string(length) + " bytes",
                          .found = std::to_string(bytes_.size() - position_) + " to the end",
                          .remedy = "the pickle is cut off or damaged"});
    }
    const auto size = static_cast<std::size_t>(length);
    return {reinterpret_cast<const char*>(take(size)), size};
  }

  /// Text up to a newline, which is taken too.
  std::string_view line() {
    const auto* start = reinterpret_cast<const char*>(bytes_.data()) + position_;
    const std::string_view rest(start, bytes_.size() - position_);
    const std::size_t length = rest.find('\n');
    if (length == std::string_view::npos) {
      throw format_error({.expected = "a line", .found = "no end of line before the end"});
    }
    position_ += length + 1;
    return rest.substr(0, length);
  }

 private:
  const std::byte* take(std::size_t count) {
    if (count > bytes_.size() - position_) {
      throw format_error({.expected = std::to_string(count) + " more bytes",
                          .found = "the end",
                          .remedy = "the pickle is cut off or damaged"});
    }
    const std::byte* start = bytes_.data() + position_;
    position_ += count;
    return start;
  }

  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
};

}  // namespace ingot::detail::pickle
