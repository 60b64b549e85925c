// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <ingot/core/shape.hpp>

namespace ingot::detail {

/// One dimension of a copy, with the distances between neighbours in bytes.
struct copy_dimension {
  std::int64_t extent;
  std::int64_t from_step;
  std::int64_t to_step;
};

/// The dimensions of a copy, outermost first, without those of extent 1 and with neighbours that
/// step as one merged: a contiguous copy becomes a single run.
inline std::vector<copy_dimension> copy_dimensions(const shape& extents,
                                                   std::span<const std::int64_t> from,
                                                   std::span<const std::int64_t> to,
                                                   std::int64_t element) {
  std::vector<copy_dimension> result;
  for (std::size_t i = 0; i < extents.rank(); ++i) {
    if (extents[i] == 1) continue;
    const copy_dimension next{extents[i], from[i] * element, to[i] * element};
    if (!result.empty() && result.back().from_step == next.extent * next.from_step &&
        result.back().to_step == next.extent * next.to_step) {
      result.back() = {result.back().extent * next.extent, next.from_step, next.to_step};
    } else {
      result.push_back(next);
    }
  }
  return result;
}

/// Where a walk over some dimensions stands, the last dimension stepping quickest. Offsets, not
/// pointers: between two rows they may lie outside of the memory.
class copy_position {
 public:
  explicit copy_position(std::span<const copy_dimension> dimensions)
      : dimensions_(dimensions), index_(dimensions.size()) {}

  std::int64_t from() const noexcept { return from_; }
  std::int64_t to() const noexcept { return to_; }

  /// Steps to the next place; false after the last.
  bool next() noexcept {
    for (std::size_t i = dimensions_.size(); i-- > 0;) {
      const copy_dimension& dimension = dimensions_[i];
      from_ += dimension.from_step;
      to_ += dimension.to_step;
      if (++index_[i] < dimension.extent) return true;
      from_ -= dimension.extent * dimension.from_step;
      to_ -= dimension.extent * dimension.to_step;
      index_[i] = 0;
    }
    return false;
  }

 private:
  std::span<const copy_dimension> dimensions_;
  std::vector<std::int64_t> index_;
  std::int64_t from_ = 0;
  std::int64_t to_ = 0;
};

// A size known to the compiler makes each copy one load and one store.
template <std::size_t Size>
void copy_each(const std::byte* from, std::byte* to, const copy_dimension& row) {
  for (std::int64_t i = 0; i < row.extent; ++i) {
    std::memcpy(to + i * row.to_step, from + i * row.from_step, Size);
  }
}

/// Copies the elements of a row, of `element` bytes each.
inline void copy_row(const std::byte* from, std::byte* to, const copy_dimension& row,
                     std::size_t element) {
  const auto size = static_cast<std::int64_t>(element);
  if (row.from_step == size && row.to_step == size) {
    std::memcpy(to, from, static_cast<std::size_t>(row.extent) * element);
    return;
  }
  switch (element) {
    case 1:
      return copy_each<1>(from, to, row);
    case 2:
      return copy_each<2>(from, to, row);
    case 3:
      return copy_each<3>(from, to, row);
    case 4:
      return copy_each<4>(from, to, row);
    case 8:
      return copy_each<8>(from, to, row);
    default:
      return copy_each<16>(from, to, row);  // complex128: the dtypes have no other size
  }
}

/// Copies the elements of one strided view to another of the same shape, both in host memory. Their
/// spans must be known to lie inside the memory. `element` is the size of one, in bytes: 1, 2, 3,
/// 4, 8 or 16.
inline void copy_strided(const std::byte* from, std::span<const std::int64_t> from_strides,
                         std::byte* to, std::span<const std::int64_t> to_strides,
                         const shape& extents, std::size_t element) {
  if (element_count(extents).value_or(0) == 0) return;
  const auto size = static_cast<std::int64_t>(element);
  std::vector<copy_dimension> outer = copy_dimensions(extents, from_strides, to_strides, size);
  copy_dimension row{1, size, size};
  if (!outer.empty()) {
    row = outer.back();
    outer.pop_back();
  }
  copy_position position(outer);
  do {
    copy_row(from + position.from(), to + position.to(), row, element);
  } while (position.next());
}

}  // namespace ingot::detail
