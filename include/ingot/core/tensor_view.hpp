// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <ingot/core/dtype.hpp>
#include <ingot/core/memory_space.hpp>
#include <ingot/core/shape.hpp>

namespace ingot {

/// A tensor without its C++ type: where its bytes are and how to read them. Refers, never owns.
/// Byte is std::byte, or const std::byte where the tensor may only be read.
template <class Byte>
class basic_tensor_view {
 public:
  using byte_type = Byte;

  /// A contiguous view: row-major strides.
  basic_tensor_view(Byte* data, dtype type, ingot::shape extents,
                    const memory_space& space = host_space)
      : data_(data),
        type_(type),
        shape_(std::move(extents)),
        strides_(contiguous_strides(shape_)),
        space_(&space) {}

  /// `steps` has one stride a dimension, in elements.
  basic_tensor_view(Byte* data, dtype type, ingot::shape extents, ingot::strides steps,
                    const memory_space& space = host_space)
      : data_(data),
        type_(type),
        shape_(std::move(extents)),
        strides_(std::move(steps)),
        space_(&space) {}

  /// A mutable view is a const one too.
  template <class Other>
    requires(std::is_const_v<Byte> && std::same_as<Other, std::remove_const_t<Byte>>)
  basic_tensor_view(const basic_tensor_view<Other>& other)  // NOLINT: a view of the same bytes
      : basic_tensor_view(other.data(), other.type(), other.shape(), other.strides(),
                          other.space()) {}

  Byte* data() const noexcept { return data_; }
  dtype type() const noexcept { return type_; }
  const ingot::shape& shape() const noexcept { return shape_; }
  const ingot::strides& strides() const noexcept { return strides_; }
  const memory_space& space() const noexcept { return *space_; }

  bool is_contiguous() const noexcept { return ingot::is_contiguous(shape_, strides_); }
  /// Number of elements. A view is of memory that exists, so its size doesn't overflow.
  std::int64_t numel() const noexcept { return element_count(shape_).value_or(0); }
  /// Bytes of the elements, without gaps.
  std::size_t nbytes() const noexcept { return static_cast<std::size_t>(numel()) * size_of(type_); }

 private:
  Byte* data_;
  dtype type_;
  ingot::shape shape_;
  ingot::strides strides_;
  const memory_space* space_;
};

using tensor_view = basic_tensor_view<std::byte>;
using const_tensor_view = basic_tensor_view<const std::byte>;

}  // namespace ingot
