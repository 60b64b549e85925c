// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace ingot {

/// How a member's bytes are packed. PyTorch reads these two and writes only stored.
enum class zip_method : std::uint16_t { stored = 0, deflated = 8 };

/// Whether two members of a zip file may differ in the case of ASCII letters alone. PyTorch looks
/// records up without regard to it; to most other programs "W" and "w" are two names.
enum class zip_case : std::uint8_t { ignored, distinguished };

/// One member of a zip file, as the central directory and its local header give it.
struct zip_entry {
  std::string name;                        ///< the full path, "archive/data/0"
  zip_method method = zip_method::stored;  ///< how the bytes are packed
  std::uint16_t flags = 0;                 ///< general purpose bits (zip_flag)
  std::uint32_t crc = 0;                   ///< of the unpacked bytes; see has_crc
  std::uint64_t packed_size = 0;           ///< bytes in the file
  std::uint64_t size = 0;                  ///< bytes when unpacked
  std::uint64_t offset = 0;                ///< of the first packed byte, in the file
};

namespace detail {

// PKWARE's APPNOTE.TXT 6.3.x, section 4.3: signatures, sizes and positions of the fields.
inline constexpr std::uint32_t zip_local_signature = 0x04034b50;
inline constexpr std::uint32_t zip_descriptor_signature = 0x08074b50;
inline constexpr std::uint32_t zip_central_signature = 0x02014b50;
inline constexpr std::uint32_t zip64_end_signature = 0x06064b50;
inline constexpr std::uint32_t zip64_locator_signature = 0x07064b50;
inline constexpr std::uint32_t zip_end_signature = 0x06054b50;

inline constexpr std::size_t zip_local_size = 30;  // without name and extra fields
inline constexpr std::size_t zip_central_size = 46;
inline constexpr std::size_t zip64_end_size = 56;
inline constexpr std::size_t zip64_locator_size = 20;
inline constexpr std::size_t zip_end_size = 22;

// In a 16 or 32-bit field: the value is in the zip64 record or extra field.
inline constexpr std::uint16_t zip_in_zip64_16 = 0xffff;
inline constexpr std::uint32_t zip_in_zip64 = 0xffffffff;
inline constexpr std::uint16_t zip64_extra_id = 0x0001;

inline constexpr std::uint16_t zip_flag_descriptor = 0x0008;
inline constexpr std::uint16_t zip_flag_utf8 = 0x0800;
// Encrypted (0x1, 0x40), its local header masked (0x2000), or a patch of another file (0x20).
inline constexpr std::uint16_t zip_flags_refused = 0x2061;

// Deflate's best: 258 bytes from 2 bits.
inline constexpr std::uint64_t deflate_max_ratio = 1032;

}  // namespace detail
}  // namespace ingot
