// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <ostream>
#include <span>
#include <sstream>
#include <string>
#include <utility>

#include <ingot/core/checked.hpp>
#include <ingot/core/dimensions.hpp>

namespace ingot {

/// The extents of a tensor, outermost first. Rank 0 is a scalar with one element.
class shape {
 public:
  shape() = default;
  shape(std::initializer_list<std::int64_t> extents) : extents_(extents) {}
  explicit shape(std::span<const std::int64_t> extents) : extents_(extents) {}

  std::size_t rank() const noexcept { return extents_.size(); }
  std::int64_t operator[](std::size_t dimension) const noexcept { return extents_[dimension]; }
  auto begin() const noexcept { return extents_.begin(); }
  auto end() const noexcept { return extents_.end(); }
  std::span<const std::int64_t> extents() const noexcept { return extents_; }

  friend bool operator==(const shape&, const shape&) = default;

 private:
  dimensions extents_;
};

/// Distances between neighbours of each dimension, in elements.
using strides = dimensions;

/// Number of elements; nothing where an extent is negative or the product doesn't fit in 63 bits.
inline std::optional<std::int64_t> element_count(const shape& extents) noexcept {
  std::int64_t count = 1;
  bool overflow = false;
  bool empty = false;
  for (const std::int64_t extent : extents) {
    if (extent < 0) return std::nullopt;
    if (extent == 0) empty = true;
    const auto product = checked_multiply(count, extent == 0 ? std::int64_t{1} : extent);
    if (!product)
      overflow = true;
    else
      count = *product;
  }
  // PyTorch takes (0, 2^63-1, 4): no element, whatever the other extents are.
  if (empty) return 0;
  if (overflow) return std::nullopt;
  return count;
}

/// Number of bytes of the contiguous elements; nothing where it doesn't fit in 63 bits.
inline std::optional<std::int64_t> byte_count(const shape& extents, std::size_t element) noexcept {
  const auto count = element_count(extents);
  if (!count) return std::nullopt;
  return checked_multiply(*count, static_cast<std::int64_t>(element));
}

/// Row-major strides, as PyTorch computes them (an extent of 0 counts as 1).
inline strides contiguous_strides(const shape& extents) {
  strides result(extents.rank());
  std::int64_t step = 1;
  for (std::size_t i = extents.rank(); i-- > 0;) {
    result[i] = step;
    // Saturating is enough: an overflow is possible only where some extent is 0 (no elements).
    step = checked_multiply(step, extents[i] == 0 ? std::int64_t{1} : extents[i]).value_or(step);
  }
  return result;
}

/// The strides of Fortran order: the first dimension steps quickest.
inline strides column_major_strides(const shape& extents) {
  strides result(extents.rank());
  std::int64_t step = 1;
  for (std::size_t i = 0; i < extents.rank(); ++i) {
    result[i] = step;
    step = checked_multiply(step, extents[i] == 0 ? std::int64_t{1} : extents[i]).value_or(step);
  }
  return result;
}

/// Whether elements lie in row-major order without gaps; extents of 1 may have any stride.
inline bool is_contiguous(const shape& extents, std::span<const std::int64_t> steps) noexcept {
  const auto count = element_count(extents);
  if (!count) return false;
  if (*count == 0) return true;
  std::int64_t step = 1;
  for (std::size_t i = extents.rank(); i-- > 0;) {
    if (extents[i] == 1) continue;
    if (steps[i] != step) return false;
    step *= extents[i];
  }
  return true;
}

/// Elements that a view spans in its storage, from its first to one past its last; 0 where it is
/// empty; nothing where it overflows. Strides are not negative (PyTorch has none).
inline std::optional<std::int64_t> span_of(const shape& extents,
                                           std::span<const std::int64_t> steps) noexcept {
  std::int64_t last = 0;
  for (const std::int64_t extent : extents) {
    if (extent == 0) return 0;
  }
  for (std::size_t i = 0; i < extents.rank(); ++i) {
    if (extents[i] < 0 || steps[i] < 0) return std::nullopt;
    const auto reach = checked_multiply(extents[i] - 1, steps[i]);
    const auto sum = reach ? checked_add(last, *reach) : std::nullopt;
    if (!sum) return std::nullopt;
    last = *sum;
  }
  return checked_add(last, std::int64_t{1});
}

/// Prints as PyTorch does: torch.Size([8, 2]).
inline std::ostream& operator<<(std::ostream& out, const shape& extents) {
  out << "torch.Size([";
  for (std::size_t i = 0; i < extents.rank(); ++i) out << (i == 0 ? "" : ", ") << extents[i];
  return out << "])";
}

/// "[8, 2]": the short form that error messages use.
inline std::string to_string(const shape& extents) {
  std::ostringstream text;
  text << '[';
  for (std::size_t i = 0; i < extents.rank(); ++i) text << (i == 0 ? "" : ", ") << extents[i];
  text << ']';
  return std::move(text).str();
}

}  // namespace ingot
