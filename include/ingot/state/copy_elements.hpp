// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <ingot/io/crc32.hpp>
#include <ingot/state/copy_buffer.hpp>
#include <ingot/state/materialized_size.hpp>
#include <ingot/state/read.hpp>
#include <ingot/state/strided_copy.hpp>
#include <ingot/state/tensor_data.hpp>

namespace ingot {

namespace detail {

/// Takes elements that lie in memory with any strides, in row-major order.
class element_gatherer {
 public:
  element_gatherer(const std::byte* first, const shape& extents,
                   std::span<const std::int64_t> steps, std::size_t element)
      : first_(first),
        element_(element),
        outer_(copy_dimensions(extents, steps, contiguous_strides(extents),
                               static_cast<std::int64_t>(element))),
        row_(take_row()),
        position_(outer_) {}
  element_gatherer(const element_gatherer&) = delete;  // the position refers to outer_
  element_gatherer& operator=(const element_gatherer&) = delete;
  ~element_gatherer() = default;

  /// Fills `into`, whole elements of those that are left, with the next ones.
  void next(std::span<std::byte> into) {
    const auto step = static_cast<std::int64_t>(element_);
    while (!into.empty()) {
      const auto room = static_cast<std::int64_t>(into.size() / element_);
      const std::int64_t count = std::min(room, row_.extent - done_);
      copy_row(first_ + (position_.from() + done_ * row_.from_step), into.data(),
               {count, row_.from_step, step}, element_);
      into = into.subspan(static_cast<std::size_t>(count) * element_);
      done_ += count;
      if (done_ < row_.extent) continue;
      done_ = 0;
      position_.next();
    }
  }

 private:
  copy_dimension take_row() {
    const auto step = static_cast<std::int64_t>(element_);
    if (outer_.empty()) return {1, step, step};
    const copy_dimension row = outer_.back();
    outer_.pop_back();
    return row;
  }

  const std::byte* first_;
  std::size_t element_;
  std::vector<copy_dimension> outer_;
  copy_dimension row_;
  copy_position position_;
  std::int64_t done_ = 0;  // elements of the row
};

/// Has fill(offset, piece) take each piece of a tensor's elements as they are stored, and hands on
/// what they mean.
template <class Fill, class Write>
void copy_pieces(const tensor_data& from, std::uint64_t size, std::vector<std::byte>& buffer,
                 Fill fill, Write write) {
  for_each_piece(size, size_of(from.type), buffer,
                 [&](std::uint64_t offset, std::span<std::byte> piece) {
                   fill(offset, piece);
                   resolve_elements(from, piece);
                   write(std::span<const std::byte>(piece));
                 });
}

/// copy_elements() of a tensor whose elements lie at `first` in host memory.
template <class Write>
void copy_from_memory(const tensor_data& from, const std::byte* first, std::uint64_t size,
                      std::vector<std::byte>& buffer, Write write) {
  if (is_contiguous(from.shape, from.strides) && !needs_resolving(from)) {
    return write(std::span(first, static_cast<std::size_t>(size)));
  }
  element_gatherer elements(first, from.shape, from.strides, size_of(from.type));
  const auto gather = [&](std::uint64_t, std::span<std::byte> piece) { elements.next(piece); };
  copy_pieces(from, size, buffer, gather, write);
}

/// copy_elements() of a tensor on a device.
template <class Write>
void copy_from_device(const tensor_data& from, std::uint64_t size, copy_buffer& keeping,
                      Write write) {
  const storage& stored = *from.bytes;
  const auto [first, end] = bytes_in_storage(from);
  const std::byte* start = stored.data() + first;
  std::vector<std::byte>& buffer = keeping.bytes();
  if (!is_contiguous(from.shape, from.strides)) {
    std::vector<std::byte> part(static_cast<std::size_t>(end - first));
    stored.space().copy_to_host(stored.space(), part.data(), start, part.size());
    return copy_from_memory(from, part.data(), size, buffer, write);
  }
  const auto bytes = static_cast<std::size_t>(size);
  if (!needs_resolving(from)) return keeping.fetch(stored.space(), start, bytes, write);
  keeping.fetch(stored.space(), start, bytes, [&](std::span<const std::byte> piece) {
    buffer.assign(piece.begin(), piece.end());
    resolve_elements(from, buffer);
    write(std::span<const std::byte>(buffer));
  });
}

/// copy_elements() of a tensor in a file.
template <class Write>
void copy_from_file(const tensor_data& from, std::uint64_t size, std::vector<std::byte>& buffer,
                    Write write) {
  const storage& stored = *from.bytes;
  const extent& file = *stored.file();
  const auto [first, end] = bytes_in_storage(from);
  const auto read = [&, start = first](std::uint64_t offset, std::span<std::byte> into) {
    file.from->read(file.offset + start + offset, into);
  };
  if (stored.verified() || !covers_storage(from)) {
    verify_storage(stored, buffer);
    if (is_contiguous(from.shape, from.strides)) {
      return copy_pieces(from, size, buffer, read, write);
    }
    std::vector<std::byte> part(static_cast<std::size_t>(end - first));
    read(0, part);
    return copy_from_memory(from, part.data(), size, buffer, write);
  }
  // What is needed as a whole anyway is checked on its way.
  std::uint32_t crc = 0;
  const auto read_and_check = [&](std::uint64_t offset, std::span<std::byte> piece) {
    read(offset, piece);
    crc = crc32(crc, piece);
  };
  copy_pieces(from, size, buffer, read_and_check, write);
  if (crc != *file.crc) refuse_checksum(file, crc);
  stored.set_verified();
}

}  // namespace detail

/// Hands the elements of a strided tensor to `write(span)`, contiguous in row-major order and
/// little-endian, conjugates and negatives resolved: as formats without strides hold them. They go
/// piece by piece through what the caller keeps between tensors, or straight from where
/// they lie as they are meant; a tensor of a file whose elements aren't contiguous there takes
/// memory for its part of the storage. `name` is for messages. Throws as read_tensor() does; a
/// checksum of the tensor alone is known to be wrong only after its last piece.
template <class Write>
void copy_elements(const tensor_data& from, copy_buffer& keeping, Write write,
                   std::string_view name = {}) {
  detail::require_strided(from, name);
  const std::uint64_t size = detail::materialized_size(from, name);
  const std::uint64_t first = detail::bytes_in_storage(from).first;
  const storage& stored = *from.bytes;
  if (size == 0 && stored.size() != 0) return;  // else its checksum is still looked at
  if (!stored.in_memory()) return detail::copy_from_file(from, size, keeping.bytes(), write);
  if (!stored.space().host_accessible) {
    return detail::copy_from_device(from, size, keeping, write);
  }
  detail::copy_from_memory(from, stored.data() + first, size, keeping.bytes(), write);
}

}  // namespace ingot
