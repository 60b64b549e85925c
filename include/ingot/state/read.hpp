// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/tensor_view.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/io/damage.hpp>
#include <ingot/state/strided_copy.hpp>
#include <ingot/state/tensor_data.hpp>

namespace ingot {

static_assert(std::endian::native == std::endian::little,
              "Ingot reads tensors into the memory of little-endian processors only");

namespace detail {

[[noreturn]] inline void refuse_checksum(const extent& from, std::uint32_t found) {
  throw format_error(damage(from.from->name(), from.record, *from.crc, found));
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

/// Calls visit(offset, bytes) for consecutive pieces of `size` bytes, which it fills. A piece ends
/// where an element does.
template <class Visit>
void for_each_piece(std::uint64_t size, std::size_t element, std::vector<std::byte>& buffer,
                    Visit visit) {
  const std::uint64_t piece = (std::uint64_t{1} << 20) / element * element;
  for (std::uint64_t offset = 0; offset < size; offset += buffer.size()) {
    buffer.resize(static_cast<std::size_t>(std::min(piece, size - offset)));
    visit(offset, std::span(buffer));
  }
}

/// Checks a storage's checksum, unless that was done before, in memory of a fixed size. Throws
/// format_error where the bytes are damaged.
inline void verify_storage(const storage& stored, std::vector<std::byte>& buffer) {
  if (stored.verified()) return;
  const extent& file = *stored.file();
  std::uint32_t crc = 0;
  for_each_piece(file.size, 1, buffer, [&](std::uint64_t offset, std::span<std::byte> piece) {
    file.from->read(file.offset + offset, piece);
    crc = crc32(crc, piece);
  });
  if (crc != *file.crc) refuse_checksum(file, crc);
  stored.set_verified();
}

/// All bytes of a storage as they are stored, in host memory of into.size() == from.size() bytes.
/// Throws format_error where the bytes don't have the checksum that the file says.
inline void read_storage(const storage& from, std::span<std::byte> into) {
  if (const extent* file = from.file()) {
    read_extent(*file, into);
    return from.set_verified();
  }
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
inline void flip_signs(std::span<std::byte> bytes, std::size_t unit, std::size_t first,
                       std::size_t step) {
  for (std::size_t i = first * unit; i + unit <= bytes.size(); i += step * unit) {
    bytes[i + unit - 1] ^= std::byte{0x80};
  }
}

template <std::unsigned_integral Integer>
void negate_integers(std::span<std::byte> bytes) {
  for (std::size_t i = 0; i + sizeof(Integer) <= bytes.size(); i += sizeof(Integer)) {
    Integer number;
    std::memcpy(&number, bytes.data() + i, sizeof number);
    number = static_cast<Integer>(0 - number);
    std::memcpy(bytes.data() + i, &number, sizeof number);
  }
}

/// Whether PyTorch can negate elements of a dtype: a negative view of it means something.
constexpr bool can_negate(dtype type) noexcept {
  return is_complex(type) || type <= dtype::uint8 || type == dtype::uint16 ||
         type == dtype::uint32 || type == dtype::uint64;
}

/// Negates the elements of a dtype that PyTorch can negate; value_error for the others.
inline void negate(std::span<std::byte> bytes, dtype type) {
  if (is_complex(type) || type <= dtype::bfloat16) return flip_signs(bytes, info(type).swap, 0, 1);
  switch (type) {
    case dtype::int64:
    case dtype::uint64:
      return negate_integers<std::uint64_t>(bytes);
    case dtype::int32:
    case dtype::uint32:
      return negate_integers<std::uint32_t>(bytes);
    case dtype::int16:
    case dtype::uint16:
      return negate_integers<std::uint16_t>(bytes);
    case dtype::int8:
    case dtype::uint8:
      return negate_integers<std::uint8_t>(bytes);
    default:
      throw value_error({.expected = "a dtype whose elements can be negated",
                         .found = "a negative view of " + std::string(name(type))});
  }
}

/// Turns contiguous stored elements into what the tensor says they mean: the host's byte order,
/// conjugates and negatives resolved (PyTorch's lazy views).
inline void resolve_elements(const tensor_data& tensor, std::span<std::byte> bytes) {
  const dtype_info& row = info(tensor.type);
  if (tensor.bytes->big_endian() && row.swap > 1) swap_bytes(bytes, row.swap);
  if (tensor.conjugate && is_complex(tensor.type)) flip_signs(bytes, row.swap, 1, 2);
  if (tensor.negative) negate(bytes, tensor.type);
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

/// Writes the elements of a tensor, the first of which lies at `first`, to a host view.
inline void place_from(const tensor_data& tensor, const std::byte* first, const tensor_view& into) {
  const std::size_t element = size_of(tensor.type);
  if (!needs_resolving(tensor)) {
    return copy_strided(first, tensor.strides, into.data(), into.strides(), tensor.shape, element);
  }
  std::vector<std::byte> contiguous(into.nbytes());
  const strides steps = contiguous_strides(tensor.shape);
  copy_strided(first, tensor.strides, contiguous.data(), steps, tensor.shape, element);
  resolve_elements(tensor, contiguous);
  copy_strided(contiguous.data(), steps, into.data(), into.strides(), tensor.shape, element);
}

/// Writes the elements of a tensor, whose storage's bytes lie at `stored`, to a host view.
inline void place_elements(const tensor_data& tensor, const std::byte* stored,
                           const tensor_view& into) {
  place_from(tensor, stored + bytes_in_storage(tensor).first, into);
}

/// Reads a tensor whose elements aren't its storage byte by byte. A checksum is of the whole
/// storage; once that is known to be right, the next view of it reads its own bytes alone. Of a
/// large storage a small part is never a reason to hold it in memory.
inline void read_view(const tensor_data& from, const tensor_view& into) {
  const auto [first, end] = bytes_in_storage(from);
  if (end == 0) return;
  const bool small = end - first <= from.bytes->size() / 2;
  if (!from.bytes->in_memory() && (small || from.bytes->verified())) {
    std::vector<std::byte> buffer;
    verify_storage(*from.bytes, buffer);
    const extent& file = *from.bytes->file();
    if (is_contiguous(from.shape, from.strides) && into.is_contiguous()) {
      const std::span<std::byte> elements(into.data(), into.nbytes());
      file.from->read(file.offset + first, elements);
      return resolve_elements(from, elements);
    }
    std::vector<std::byte> stored(static_cast<std::size_t>(end - first));
    file.from->read(file.offset + first, stored);
    return place_from(from, stored.data(), into);
  }
  std::vector<std::byte> stored(static_cast<std::size_t>(from.bytes->size()));
  read_storage(*from.bytes, stored);
  place_elements(from, stored.data(), into);
}

/// Throws value_error where the elements don't lie in a storage by themselves.
inline void require_strided(const tensor_data& tensor, std::string_view name) {
  if (tensor.bytes && tensor.layout == layout::strided) return;
  throw value_error({.where = std::string(name),
                     .expected = "a strided tensor",
                     .found = std::string(ingot::name(tensor.layout)) + " tensor"});
}

/// Throws value_error where memory isn't for a tensor of this shape and dtype.
inline void require_same(const tensor_data& from, const tensor_view& into, std::string_view name) {
  if (into.shape() == from.shape && into.type() == from.type) return;
  throw value_error(
      {.where = std::string(name),
       .expected = std::string(ingot::name(into.type())) + ' ' + to_string(into.shape()),
       .found = std::string(ingot::name(from.type)) + ' ' + to_string(from.shape)});
}

}  // namespace detail

/// Reads a strided tensor into `into`, which has its shape and dtype and lies in any memory space
/// (contiguous where the host can't reach it, and then through host memory of its size: a load and,
/// of whole storages, value::as() do without); `name` is for messages. Throws format_error where
/// the file is damaged, file_error where it can't be read, value_error where the tensor is sparse
/// or meta or `into` doesn't fit.
inline void read_tensor(const tensor_data& from, const tensor_view& into,
                        std::string_view name = {}) {
  detail::require_strided(from, name);
  detail::require_same(from, into, name);
  detail::bytes_in_storage(from);
  if (!into.space().host_accessible) {
    if (!into.is_contiguous()) {
      throw value_error(
          {.where = std::string(name),
           .expected = "contiguous memory on the device " + std::string(into.space().name),
           .found = "a strided view"});
    }
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
  detail::read_view(from, into);
}

}  // namespace ingot
