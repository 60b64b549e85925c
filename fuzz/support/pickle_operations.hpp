// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/format/pickle/opcodes.hpp>

namespace fuzz {

/// How an opcode's argument is stored.
struct pickle_argument {
  std::size_t fixed = 0;   ///< bytes
  std::size_t length = 0;  ///< bytes of a length, which that many bytes follow
  std::size_t lines = 0;
};

constexpr ingot::detail::pickle::opcode opcode_of(std::string_view operation) {
  return static_cast<ingot::detail::pickle::opcode>(static_cast<unsigned char>(operation[0]));
}

constexpr pickle_argument argument_of(ingot::detail::pickle::opcode code) {
  using enum ingot::detail::pickle::opcode;
  switch (code) {
    case proto:
    case binint1:
    case binput:
    case binget:
    case ext1:
      return {.fixed = 1};
    case binint2:
    case ext2:
      return {.fixed = 2};
    case binint:
    case long_binget:
    case long_binput:
    case ext4:
      return {.fixed = 4};
    case binfloat:
    case frame:
      return {.fixed = 8};
    case long1:
    case short_binstring:
    case short_binbytes:
    case short_binunicode:
      return {.length = 1};
    case long4:
    case binstring:
    case binbytes:
    case binunicode:
      return {.length = 4};
    case binunicode8:
    case binbytes8:
    case bytearray8:
      return {.length = 8};
    case global:
    case inst:
      return {.lines = 2};
    case float_text:
    case int_text:
    case long_text:
    case persid:
    case string_text:
    case unicode_text:
    case ingot::detail::pickle::opcode::get:
    case ingot::detail::pickle::opcode::put:
      return {.lines = 1};
    default:
      return {};
  }
}

/// The opcodes of a pickle with their arguments, up to its end or to the first that is cut off,
/// which is the last. They refer to it.
inline std::vector<std::string_view> split_pickle(std::string_view pickle) {
  std::vector<std::string_view> operations;
  operations.reserve(pickle.size() / 2 + 1);
  while (!pickle.empty()) {
    const pickle_argument form = argument_of(opcode_of(pickle));
    std::size_t size = 1 + form.fixed + form.length;
    if (form.length != 0 && size <= pickle.size()) {
      std::uint64_t content = 0;
      std::memcpy(&content, pickle.data() + 1, form.length);
      size += std::min<std::uint64_t>(content, pickle.size() - size);
    }
    for (std::size_t i = 0; i < form.lines; ++i) {
      const std::size_t end = pickle.find('\n', size);
      size = end == std::string_view::npos ? pickle.size() : end + 1;
    }
    size = std::min(size, pickle.size());
    operations.push_back(pickle.substr(0, size));
    pickle.remove_prefix(size);
  }
  return operations;
}

inline std::string join_pickle(const std::vector<std::string_view>& operations) {
  std::string pickle;
  for (const std::string_view each : operations) pickle += each;
  return pickle;
}

}  // namespace fuzz
