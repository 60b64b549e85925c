// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// Ingot's own stream, as docs/formats.md describes it: the numbers that writer and reader share.
namespace ingot::detail::native {

/// No text, and damaged by whatever takes it for text.
inline constexpr std::string_view magic = "\x89INGOT\r\n";

/// A reader takes every minor version of its major one: what a newer one adds can be skipped.
inline constexpr std::uint16_t major_version = 1;
inline constexpr std::uint16_t minor_version = 0;

inline constexpr std::uint64_t alignment = 64;

/// Parts of the structure, in this order. Others may stand between them.
enum class section : std::uint64_t { metadata = 1, names = 2, storages = 3, tree = 4 };

/// What a node of the tree is: the low bits of its tag.
enum class node_kind : std::uint8_t {
  none,
  no,
  yes,
  integer,
  long_integer,
  floating,
  complex,
  string,
  bytes,
  bytearray,
  list,
  tuple,
  set,
  dict,
  ordered_dict,
  counter,
  size,
  dtype,
  device,
  tensor,
  ndarray,
  object,
  cycle,
  reference,
  first_unknown,  ///< this and all above: what later minor versions add
};

/// The other bits of a tag.
inline constexpr std::uint8_t kind_mask = 0x3f;
inline constexpr std::uint8_t referred = 0x40;  ///< a reference leads here
inline constexpr std::uint8_t extended = 0x80;  ///< a length and bytes to skip follow the node

/// What a tensor's flags say, and which of its fields are there.
namespace flag {
inline constexpr std::uint64_t strides = 0x1;
inline constexpr std::uint64_t offset = 0x2;
inline constexpr std::uint64_t device = 0x4;
inline constexpr std::uint64_t requires_grad = 0x8;
inline constexpr std::uint64_t parameter = 0x10;
inline constexpr std::uint64_t conjugate = 0x20;
inline constexpr std::uint64_t negative = 0x40;
inline constexpr std::uint64_t coalesced = 0x80;
inline constexpr std::uint64_t layout = 0x100;
inline constexpr std::uint64_t per_tensor = 0x200;   ///< quantized with one scale
inline constexpr std::uint64_t per_channel = 0x400;  ///< quantized with scales of an axis
inline constexpr std::uint64_t all = 0x7ff;
}  // namespace flag

/// An int's digits take time that grows with the square of its length.
inline constexpr std::uint64_t longest_integer = 1024;

/// Nodes have copies of them.
inline constexpr std::size_t longest_name = 256;

/// The next multiple of the alignment, of a size that leaves room for it.
constexpr std::uint64_t aligned(std::uint64_t size) noexcept {
  return (size + alignment - 1) / alignment * alignment;
}

/// Bytes of the end of a record: a CRC-32 a storage and one of them all.
constexpr std::uint64_t end_size(std::uint64_t storages) noexcept {
  return aligned(4 * storages + 4);
}

}  // namespace ingot::detail::native
