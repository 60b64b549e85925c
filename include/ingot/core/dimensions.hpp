// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace ingot {

/// A number for each dimension of a tensor. Up to four lie in the object: as std::vectors, shapes
/// and strides would be most of the allocations that a state of many small tensors costs.
class dimensions {
 public:
  dimensions() = default;
  /// Zeros.
  explicit dimensions(std::size_t rank) : size_(rank) {
    if (rank > few_.size()) many_ = std::make_unique<std::int64_t[]>(rank);
  }
  explicit dimensions(std::span<const std::int64_t> numbers) : dimensions(numbers.size()) {
    std::copy(numbers.begin(), numbers.end(), begin());
  }
  dimensions(std::initializer_list<std::int64_t> numbers)
      : dimensions(std::span(numbers.begin(), numbers.size())) {}
  dimensions(const std::vector<std::int64_t>& numbers)  // NOLINT: the same numbers
      : dimensions(std::span(numbers)) {}

  dimensions(const dimensions& other) : dimensions(std::span(other)) {}
  dimensions(dimensions&& other) noexcept
      : size_(std::exchange(other.size_, 0)), few_(other.few_), many_(std::move(other.many_)) {}
  dimensions& operator=(dimensions other) noexcept {
    size_ = other.size_;
    few_ = other.few_;
    many_ = std::move(other.many_);
    return *this;
  }
  ~dimensions() = default;

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  std::int64_t* begin() noexcept { return many_ ? many_.get() : few_.data(); }
  std::int64_t* end() noexcept { return begin() + size_; }
  const std::int64_t* begin() const noexcept { return many_ ? many_.get() : few_.data(); }
  const std::int64_t* end() const noexcept { return begin() + size_; }
  std::int64_t& operator[](std::size_t dimension) noexcept { return begin()[dimension]; }
  std::int64_t operator[](std::size_t dimension) const noexcept { return begin()[dimension]; }

  friend bool operator==(const dimensions& a, const dimensions& b) noexcept {
    return std::ranges::equal(a, b);
  }

 private:
  std::size_t size_ = 0;
  std::array<std::int64_t, 4> few_{};
  std::unique_ptr<std::int64_t[]> many_;  // null: the numbers are in few_
};

}  // namespace ingot
