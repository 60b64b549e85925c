// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/tensor_view.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/state/strided_copy.hpp>
#include <ingot/state/tensor_data.hpp>

namespace ingot {

namespace detail {

inline std::string hexadecimal(std::uint32_t number) {
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  return std::string(digits.data(), end);
}

[[noreturn]] inline void refuse_checksum(const extent& from, std::uint32_t found) {
  throw format_error({.file = from.from->name(),
                      .where = from.record,
                      .expected = "bytes with the CRC-32 " + hexadecimal(*from.crc),
                      .found = hexadecimal(found),
                      .remedy = "the file is damaged: take another copy of it"});
}

/// Reads a whole extent, checking its CRC-32 piece by piece while the bytes are in the cache.
inline void read_extent(const extent& from, std::span<std::byte> into) {
  constexpr std::size_t piece = std::size_t{256} << 10;
  std::uint32_t crc = 0;
  for (std::size_t done = 0; done < into.size();) {
    const auto part = into.subspan(done, std::min(piece, into.size() - done));
    from.from->read(from.offset + done, part);
    if (from.crc) crc = crc32(crc, part);
    done += part.size();
  }
  if (from.crc && crc != *from.crc) refuse_checksum(from, crc);
}

/// All bytes of a storage as they are stored, in host memory of into.size() == from.size() bytes.
/// Throws format_error where the bytes don't have the checksum that the file says.
inline void read_storage(const storage& from, std::span<std::byte> into) {
  if (const extent* file = from.file()) return read_extent(*file, into);
  if (!into.empty()) from.space().copy_to_host(from.space(), into.data(), from.data(), into.size());
}

inline void swap_bytes(std::span<std::byte> bytes, std::size_t unit) {
  for (std::size_t i = 0; i + unit <= bytes.size(); i += unit) {
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                 bytes.begin() + static_cast<std::ptrdiff_t>(i + unit));
  }
}

/// Negates little-endian IEEE numbers of `unit` bytes by their sign bits: every `step`-th, from
/// `first` on.
inline void negate(std::span<std::byte> bytes, std::size_t unit, std::size_t first,
                   std::size_t step) {
  for (std::size_t i = first * unit; i + unit <= bytes.size(); i += step * unit) {
    bytes[i + unit - 1] ^= std::byte{0x80};
  }
}

/// Turns contiguous stored elements into what the tensor says they mean: the host's byte order,
/// conjugates and negatives resolved (PyTorch's lazy views; they exist for complex and floats).
inline void resolve_elements(const tensor_data& tensor, std::span<std::byte> bytes) {
  const dtype_info& row = info(tensor.type);
  if (tensor.bytes->big_endian() && row.swap > 1) swap_bytes(bytes, row.swap);
  const bool complex = is_complex(tensor.type);
  if (tensor.conjugate && complex) negate(bytes, row.swap, 1, 2);
  if (tensor.negative && (complex || is_floating_point(tensor.type))) {
    negate(bytes, row.swap, 0, 1);
  }
}

inline bool needs_resolving(const tensor_data& tensor) noexcept {
  return tensor.conjugate || tensor.negative ||
         (tensor.bytes->big_endian() && info(tensor.type).swap > 1);
}

/// Whether the tensor's elements are all of its storage, in order.
inline bool covers_storage(const tensor_data& tensor) noexcept {
  const auto bytes = byte_count(tensor.shape, size_of(tensor.type));
  return tensor.offset == 0 && bytes &&
         static_cast<std::uint64_t>(*bytes) == tensor.bytes->size() &&
         is_contiguous(tensor.shape, tensor.strides);
}

/// Writes the elements of a tensor, whose storage's bytes lie at `stored`, to a host view.
inline void place_elements(const tensor_data& tensor, const std::byte* stored, tensor_view into) {
  const std::size_t element = size_of(tensor.type);
  const std::byte* first = stored + static_cast<std::size_t>(tensor.offset) * element;
  if (!needs_resolving(tensor)) {
    return copy_strided(first, tensor.strides, into.data(), into.strides(), tensor.shape, element);
  }
  std::vector<std::byte> contiguous(into.nbytes());
  const strides steps = contiguous_strides(tensor.shape);
  copy_strided(first, tensor.strides, contiguous.data(), steps, tensor.shape, element);
  resolve_elements(tensor, contiguous);
  copy_strided(contiguous.data(), steps, into.data(), into.strides(), tensor.shape, element);
}

/// The bytes of a tensor's elements. A stride of 0 makes few bytes look like many: what is more
/// than a file could inflate to is refused before anything of that size is allocated.
inline std::size_t materialized_size(const tensor_data& tensor, std::string_view name) {
  constexpr std::uint64_t most_times = 1032;
  constexpr std::uint64_t always_fine = std::uint64_t{1} << 20;
  const auto bytes = byte_count(tensor.shape, size_of(tensor.type));
  const std::uint64_t stored = tensor.bytes ? tensor.bytes->size() : 0;
  if (bytes && (static_cast<std::uint64_t>(*bytes) <= always_fine ||
                static_cast<std::uint64_t>(*bytes) / most_times <= stored)) {
    return static_cast<std::size_t>(*bytes);
  }
  throw value_error({.where = std::string(name),
                     .expected = "a tensor of at most 1032 times its stored bytes (" +
                                 std::to_string(stored) + ")",
                     .found = to_string(tensor.shape) + " of expanded (stride 0) elements"});
}

}  // namespace detail

/// Reads a strided tensor into `into`, which has its shape and dtype and lies in any memory space;
/// `name` is for messages. Throws format_error where the file is damaged, value_error where the
/// tensor is sparse or meta or `into` doesn't fit.
inline void read_tensor(const tensor_data& from, tensor_view into, std::string_view name = {}) {
  if (!from.bytes || from.layout != layout::strided) {
    throw value_error({.where = std::string(name),
                       .expected = "a strided tensor",
                       .found = std::string(ingot::name(from.layout)) + " tensor"});
  }
  if (into.shape() != from.shape || into.type() != from.type) {
    throw value_error(
        {.where = std::string(name),
         .expected = std::string(ingot::name(into.type())) + ' ' + to_string(into.shape()),
         .found = std::string(ingot::name(from.type)) + ' ' + to_string(from.shape)});
  }
  detail::materialized_size(from, name);
  if (!into.space().host_accessible) {
    std::vector<std::byte> staging(into.nbytes());
    read_tensor(from, tensor_view(staging.data(), into.type(), into.shape()), name);
    into.space().copy_from_host(into.space(), into.data(), staging.data(), staging.size());
    return;
  }
  if (detail::covers_storage(from) && into.is_contiguous()) {
    const std::span<std::byte> bytes(into.data(), into.nbytes());
    detail::read_storage(*from.bytes, bytes);
    return detail::resolve_elements(from, bytes);
  }
  if (from.bytes->in_memory() && from.bytes->space().host_accessible) {
    return detail::place_elements(from, from.bytes->data(), into);
  }
  std::vector<std::byte> stored(static_cast<std::size_t>(from.bytes->size()));
  detail::read_storage(*from.bytes, stored);
  detail::place_elements(from, stored.data(), into);
}

}  // namespace ingot
