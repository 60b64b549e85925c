// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include <ingot/io/crc32.hpp>
#include <ingot/state/read.hpp>
#include <ingot/state/tensor_data.hpp>

namespace ingot::detail {

/// Where a storage's bytes lie in host memory, mapped files included; null where they don't.
inline const std::byte* bytes_in_memory(const storage& of) noexcept {
  if (of.in_memory()) return of.space().host_accessible ? of.data() : nullptr;
  const extent& file = *of.file();
  const auto all = file.from->bytes();
  return all.empty() ? nullptr : all.data() + file.offset;
}

/// The tensor's elements where they lie, if they can be used there: in host memory that the storage
/// keeps alive, contiguous and aligned, in the host's byte order, nothing to be resolved; else
/// null. Empty tensors have no place. Whoever uses them keeps tensor.bytes, and calls
/// check_in_place() first.
inline const std::byte* elements_in_place(const tensor_data& tensor) noexcept {
  if (!tensor.bytes || !tensor.bytes->keeps_bytes() || tensor.layout != layout::strided ||
      needs_resolving(tensor) || !is_contiguous(tensor.shape, tensor.strides) ||
      element_count(tensor.shape) == 0) {
    return nullptr;
  }
  const std::byte* first = bytes_in_memory(*tensor.bytes);
  if (first == nullptr) return nullptr;
  first += static_cast<std::size_t>(tensor.offset) * size_of(tensor.type);
  const bool aligned = reinterpret_cast<std::uintptr_t>(first) % info(tensor.type).swap == 0;
  return aligned ? first : nullptr;
}

/// Throws format_error where a storage of which bytes_in_memory() tells the place doesn't have the
/// checksum that its file says. Looks once.
inline void check_in_place(const storage& of) {
  if (of.verified()) return;
  const extent& file = *of.file();
  const std::uint32_t crc =
      crc32(0, std::span(bytes_in_memory(of), static_cast<std::size_t>(of.size())));
  if (crc != *file.crc) refuse_checksum(file, crc);
  of.set_verified();
}

}  // namespace ingot::detail
