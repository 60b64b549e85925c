// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/format/pickle/measure.hpp>
#include <ingot/format/pickle/opcodes.hpp>

namespace fuzz {

inline ingot::detail::pickle::opcode opcode_of(std::string_view operation) {
  return static_cast<ingot::detail::pickle::opcode>(static_cast<unsigned char>(operation[0]));
}

/// What follows an opcode; of one that is refused anyway, nothing.
inline ingot::detail::pickle::operand operand_of(std::string_view operation) {
  return ingot::detail::pickle::operand_of(opcode_of(operation))
      .value_or(ingot::detail::pickle::operand{});
}

/// The opcodes of a pickle with their operands, up to its end or to the first that is cut off,
/// which is the last. They refer to it.
inline std::vector<std::string_view> split_pickle(std::string_view pickle) {
  std::vector<std::string_view> operations;
  operations.reserve(pickle.size() / 2 + 1);
  while (!pickle.empty()) {
    const auto form = operand_of(pickle);
    std::size_t size = 1u + form.fixed + form.length;
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
