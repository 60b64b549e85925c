// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/format/pickle/opcodes.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/io/source.hpp>

namespace ingot::detail::pickle {

/// What follows an opcode: bytes, or the little-endian length of as many bytes, or lines.
struct operand {
  std::uint8_t fixed = 0;
  std::uint8_t length = 0;
  std::uint8_t lines = 0;
};

/// The operand of an opcode of protocols 2 to 5; nothing of other opcodes.
inline std::optional<operand> operand_of(opcode code) {
  using enum opcode;
  switch (code) {
    case binint1:
    case binget:
    case binput:
    case proto:
      return operand{.fixed = 1};
    case binint2:
      return operand{.fixed = 2};
    case binint:
    case long_binget:
    case long_binput:
      return operand{.fixed = 4};
    case binfloat:
    case frame:
      return operand{.fixed = 8};
    case long1:
    case short_binstring:
    case short_binunicode:
    case short_binbytes:
      return operand{.length = 1};
    case long4:
    case binstring:
    case binunicode:
    case binbytes:
      return operand{.length = 4};
    case binunicode8:
    case binbytes8:
    case bytearray8:
      return operand{.length = 8};
    case global:
      return operand{.lines = 2};
    case mark:
    case stop:
    case pop:
    case pop_mark:
    case dup:
    case none:
    case reduce:
    case append:
    case build:
    case dict:
    case empty_dict:
    case appends:
    case list:
    case empty_list:
    case setitem:
    case tuple:
    case empty_tuple:
    case setitems:
    case binpersid:
    case newobj:
    case tuple1:
    case tuple2:
    case tuple3:
    case newtrue:
    case newfalse:
    case empty_set:
    case additems:
    case frozenset:
    case newobj_ex:
    case stack_global:
    case memoize:
      return operand{};
    default:
      return std::nullopt;
  }
}

/// Steps over the opcodes of a pickle in a file of which it is only a part, without reading what
/// the opcodes carry.
class measurer {
 public:
  measurer(const source& from, std::uint64_t start) : from_(from), at_(start), start_(start) {}

  /// Bytes from the start to STOP, which counts. Throws format_error where there is none.
  std::uint64_t run() {
    for (;;) {
      const auto code = static_cast<opcode>(*take(1));
      const auto follows = operand_of(code);
      if (!follows) refuse(code);
      if (code == opcode::stop) return at_ - start_;
      if (follows->fixed != 0) skip(follows->fixed);
      if (follows->length != 0) skip(length(follows->length));
      for (int i = 0; i < follows->lines; ++i) skip_line();
    }
  }

 private:
  std::uint64_t left() const noexcept { return from_.size() - at_; }

  /// The next `count` bytes, at most 8 of them.
  const std::byte* take(std::uint64_t count) {
    if (count > left()) cut_off(count);
    if (at_ < window_start_ || at_ + count > window_start_ + window_.size()) fill_window();
    const std::byte* bytes = window_.data() + (at_ - window_start_);
    at_ += count;
    return bytes;
  }

  // Most pickles that are measured are of a few bytes.
  void fill_window() {
    if (!from_.bytes().empty()) {
      window_ = from_.bytes();
      return;
    }
    constexpr std::size_t most = 64 * 1024;
    buffer_.resize(std::min(most, buffer_.empty() ? 256 : 4 * buffer_.size()));
    window_ = std::span(buffer_).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size(), left())));
    from_.read(at_, std::span(buffer_).first(window_.size()));
    window_start_ = at_;
  }

  std::uint64_t length(std::uint8_t size) {
    const std::byte* bytes = take(size);
    switch (size) {
      case 1:
        return load_little<std::uint8_t>(bytes);
      case 4:
        return load_little<std::uint32_t>(bytes);
      default:
        return load_little<std::uint64_t>(bytes);
    }
  }

  void skip(std::uint64_t count) {
    if (count > left()) cut_off(count);
    at_ += count;
  }

  void skip_line() {
    while (*take(1) != std::byte{'\n'}) {
    }
  }

  [[noreturn]] void cut_off(std::uint64_t wanted) const {
    throw format_error({.file = from_.name(),
                        .where = "byte " + std::to_string(at_),
                        .expected = std::to_string(wanted) + " more bytes of a pickle",
                        .found = std::to_string(left()) + " to the end",
                        .remedy = "the file is cut off or damaged"});
  }

  [[noreturn]] void refuse(opcode code) const {
    throw format_error({.file = from_.name(),
                        .where = "byte " + std::to_string(at_ - 1),
                        .expected = "an opcode of pickle protocol 2 to 5 that data needs",
                        .found = name(code)});
  }

  const source& from_;
  std::uint64_t at_;
  std::uint64_t start_;
  std::vector<std::byte> buffer_;
  std::span<const std::byte> window_;
  std::uint64_t window_start_ = 0;
};

}  // namespace ingot::detail::pickle
