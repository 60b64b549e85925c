// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

/// The layout of a .grove file, all numbers little-endian: the magic; the storages, each from the
/// next multiple of 64 on; the nodes of the tree, children before parents; the sizes and checksums
/// of the storages; and a footer: the sizes of the last two, the numbers of the nodes that are the
/// root and the metadata (64 bits each), the CRC-32 of the last two and of the footer so far,
/// zeros.
namespace user_format {

inline constexpr std::string_view magic = "\x89GROVE\n1";
inline constexpr std::size_t alignment = 64;
inline constexpr std::size_t footer_size = 48;

/// Fields of a tensor that are true or false, as bits.
enum flag : std::uint8_t {
  requires_grad = 1,
  is_parameter = 2,
  conjugate = 4,
  negative = 8,
  coalesced = 16,
  with_bytes = 32,
  with_parts = 64,
  with_quantizer = 128
};

inline bool starts_with_magic(std::span<const std::byte> head) {
  return head.size() >= magic.size() && std::memcmp(head.data(), magic.data(), magic.size()) == 0;
}

}  // namespace user_format
