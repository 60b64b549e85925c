// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <ingot/io/detail/crc32_clmul.hpp>
#include <ingot/io/detail/crc32_portable.hpp>

namespace ingot {

/// The CRC-32 of zip and zlib (reflected polynomial 0xEDB88320) of all bytes so far: `previous` is
/// the result for those before, 0 at the start. Folds with carry-less multiplication where the
/// processor has it, after Gopal et al., "Fast CRC Computation for Generic Polynomials Using
/// PCLMULQDQ Instruction" (Intel, 2009); elsewhere by table.
inline std::uint32_t crc32(std::uint32_t previous, std::span<const std::byte> bytes) noexcept {
  // The state between blocks is the complement of the result.
#if defined(INGOT_DETAIL_CRC32_CLMUL)
  static detail::crc32_function* const update = detail::best_crc32();
  return ~update(~previous, bytes);
#else
  return ~detail::crc32_portable(~previous, bytes);
#endif
}

}  // namespace ingot
