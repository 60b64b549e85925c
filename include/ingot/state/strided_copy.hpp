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

/// Copies the elements of one strided view to another of the same shape, both in host memory. Their
/// spans must be known to lie inside the memory. `element` is the size of one, in bytes.
inline void copy_strided(const std::byte* from, std::span<const std::int64_t> from_strides,
                         std::byte* to, std::span<const std::int64_t> to_strides,
                         const shape& extents, std::size_t element) {
  if (element_count(extents).value_or(0) == 0) return;
  const auto size = static_cast<std::int64_t>(element);
  std::vector<copy_dimension> outer = copy_dimensions(extents, from_strides, to_strides, size);
  copy_dimension inner{1, size, size};
  if (!outer.empty()) {
    inner = outer.back();
    outer.pop_back();
  }
  const bool run = inner.from_step == size && inner.to_step == size;
  std::vector<std::int64_t> index(outer.size());
  for (;;) {
    if (run) {
      std::memcpy(to, from, static_cast<std::size_t>(inner.extent) * element);
    } else {
      for (std::int64_t i = 0; i < inner.extent; ++i) {
        std::memcpy(to + i * inner.to_step, from + i * inner.from_step, element);
      }
    }
    std::size_t dimension = outer.size();
    for (; dimension-- > 0;) {
      from += outer[dimension].from_step;
      to += outer[dimension].to_step;
      if (++index[dimension] < outer[dimension].extent) break;
      from -= outer[dimension].from_step * outer[dimension].extent;
      to -= outer[dimension].to_step * outer[dimension].extent;
      index[dimension] = 0;
    }
    if (dimension == static_cast<std::size_t>(-1)) return;
  }
}

}  // namespace ingot::detail
