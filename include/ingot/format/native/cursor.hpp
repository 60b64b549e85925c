// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <ingot/core/error.hpp>
#include <ingot/core/utf8.hpp>
#include <ingot/io/endian.hpp>

namespace ingot::detail::native {

/// Appends a number in groups of seven bits, the lowest first; all but the last have bit 7 set.
inline void append_number(std::string& to, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) to += static_cast<char>(number | 0x80);
  to += static_cast<char>(number);
}

/// Appends a signed number: 0, -1, 1, -2, ... are the numbers 0, 1, 2, 3, ...
inline void append_integer(std::string& to, std::int64_t number) {
  append_number(
      to, (static_cast<std::uint64_t>(number) << 1) ^ static_cast<std::uint64_t>(number >> 63));
}

/// Appends a length and bytes.
inline void append_octets(std::string& to, std::string_view octets) {
  append_number(to, octets.size());
  to += octets;
}

inline void append_float(std::string& to, double number) { append_little(to, number); }

/// Reads what the functions above append, from bytes that nobody vouches for. Everything throws
/// format_error where the bytes end too early, or aren't what is asked for.
class cursor {
 public:
  /// `what` is what messages call the bytes.
  cursor(std::span<const std::byte> bytes, std::string_view what) : bytes_(bytes), what_(what) {}

  bool done() const noexcept { return at_ == bytes_.size(); }
  std::size_t position() const noexcept { return at_; }
  std::size_t left() const noexcept { return bytes_.size() - at_; }

  std::uint8_t byte() {
    if (done()) refuse("a byte", "the end");
    return std::to_integer<std::uint8_t>(bytes_[at_++]);
  }

  std::uint64_t number() {
    std::uint64_t result = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint8_t next = byte();
      const std::uint64_t bits = next & 0x7fu;
      if (shift == 63 && bits > 1) break;
      result |= bits << shift;
      if (next < 0x80) return result;
    }
    refuse("a number of 64 bits", "a longer one");
  }

  std::int64_t integer() {
    const std::uint64_t folded = number();
    return static_cast<std::int64_t>((folded >> 1) ^ (0 - (folded & 1)));
  }

  /// A number that isn't negative as std::int64_t.
  std::int64_t extent() {
    const std::uint64_t found = number();
    if (found > static_cast<std::uint64_t>(INT64_MAX))
      refuse("a number of 63 bits", "a larger one");
    return static_cast<std::int64_t>(found);
  }

  /// How many things follow that take a byte each at least.
  std::size_t count(std::string_view of) {
    const std::uint64_t found = number();
    if (found > left()) {
      refuse("at most " + std::to_string(left()) + ' ' + std::string(of), std::to_string(found));
    }
    return static_cast<std::size_t>(found);
  }

  double floating() { return load_little<double>(take(sizeof(double)).data()); }

  std::span<const std::byte> octets() { return take(count("bytes")); }

  /// UTF-8, in which lone surrogates may stand, as in Python's strings.
  std::string_view text() {
    const auto found = octets();
    const std::string_view result(reinterpret_cast<const char*>(found.data()), found.size());
    if (!is_python_text(result)) refuse("UTF-8", "other bytes");
    return result;
  }

  void expect_end() const {
    if (!done()) refuse("the end", std::to_string(left()) + " bytes more");
  }

  [[noreturn]] void refuse(std::string expected, std::string found) const {
    throw format_error({.where = std::string(what_) + ", byte " + std::to_string(at_),
                        .expected = std::move(expected),
                        .found = std::move(found)});
  }

 private:
  std::span<const std::byte> take(std::size_t size) {
    if (size > left()) refuse(std::to_string(size) + " bytes", std::to_string(left()));
    const auto result = bytes_.subspan(at_, size);
    at_ += size;
    return result;
  }

  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  std::string_view what_;
};

}  // namespace ingot::detail::native
