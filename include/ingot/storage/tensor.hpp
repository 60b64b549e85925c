// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <ingot/core/element.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/tensor_traits.hpp>
#include <ingot/storage/host_allocator.hpp>

namespace ingot {

/// A contiguous, row-major tensor that owns its elements. Default constructed it has no shape and
/// takes the one that a file has; constructed with a shape, a file must match it. Copies are deep.
/// Allocator is std-shaped and says by space() where its bytes are; element access needs a space
/// that the host can reach.
template <element T, class Allocator = host_allocator<T>>
class tensor {
 public:
  using value_type = T;
  using allocator_type = Allocator;

  tensor()
    requires std::default_initializable<Allocator>
  = default;
  explicit tensor(const Allocator& allocator) noexcept : allocator_(allocator) {}

  /// Zeros. Throws value_error where the shape's size overflows, and std::bad_alloc.
  explicit tensor(ingot::shape extents)
    requires std::default_initializable<Allocator>
      : tensor(std::move(extents), Allocator()) {}
  explicit tensor(ingot::shape extents, const Allocator& allocator)
      : tensor(uninitialized(std::move(extents), allocator)) {
    if (size_ == 0) return;
    if (allocator_.space().host_accessible) {
      std::fill_n(data_, size_, T{});
    } else {
      zero_bytes(allocator_.space(), data_, size_ * sizeof(T));
    }
  }

  /// Elements with any value: for whoever overwrites them all.
  static tensor uninitialized(ingot::shape extents, const Allocator& allocator = {}) {
    tensor result(allocator);
    const auto bytes = byte_count(extents, sizeof(T));
    if (!bytes) {
      throw value_error({.where = "tensor",
                         .expected = "a shape whose size fits in 63 bits",
                         .found = to_string(extents)});
    }
    result.size_ = static_cast<std::size_t>(*bytes) / sizeof(T);
    result.shape_ = std::move(extents);
    result.defined_ = true;
    if (result.size_ != 0) result.data_ = result.allocator_.allocate(result.size_);
    return result;
  }

  tensor(const tensor& other)
      : tensor(other.defined_ ? uninitialized(other.shape_, other.allocator_)
                              : tensor(other.allocator_)) {
    copy_bytes(allocator_.space(), data_, other.allocator_.space(), other.data_, size_ * sizeof(T));
  }
  /// The same elements in another allocator's memory.
  template <class Other>
  explicit tensor(const tensor<T, Other>& other)
    requires std::default_initializable<Allocator>
      : tensor(other, Allocator()) {}
  template <class Other>
  explicit tensor(const tensor<T, Other>& other, const Allocator& allocator)
      : tensor(other.defined() ? uninitialized(other.shape(), allocator) : tensor(allocator)) {
    copy_bytes(allocator_.space(), data_, other.get_allocator().space(), other.data(),
               size_ * sizeof(T));
  }
  tensor(tensor&& other) noexcept : allocator_(other.allocator_) { swap(other); }
  /// Takes the other's elements and allocator.
  tensor& operator=(tensor other) noexcept {
    swap(other);
    return *this;
  }
  ~tensor() {
    if (data_ != nullptr) allocator_.deallocate(data_, size_);
  }

  /// Exchanges elements, shapes and allocators.
  void swap(tensor& other) noexcept {
    std::swap(allocator_, other.allocator_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(shape_, other.shape_);
    std::swap(defined_, other.defined_);
  }

  /// Whether it has a shape (PyTorch's Tensor::defined).
  bool defined() const noexcept { return defined_; }
  const ingot::shape& shape() const noexcept { return shape_; }
  std::size_t size() const noexcept { return size_; }  ///< number of elements
  bool empty() const noexcept { return size_ == 0; }
  T* data() noexcept { return data_; }
  const T* data() const noexcept { return data_; }
  const Allocator& get_allocator() const noexcept { return allocator_; }

  /// The elements in row-major order.
  std::span<T> elements() noexcept { return {data_, size_}; }
  std::span<const T> elements() const noexcept { return {data_, size_}; }
  T& operator[](std::size_t index) noexcept { return data_[index]; }
  const T& operator[](std::size_t index) const noexcept { return data_[index]; }
  T* begin() noexcept { return data_; }
  T* end() noexcept { return data_ + size_; }
  const T* begin() const noexcept { return data_; }
  const T* end() const noexcept { return data_ + size_; }

 private:
  [[no_unique_address]] Allocator allocator_{};
  T* data_ = nullptr;
  std::size_t size_ = 0;
  ingot::shape shape_;
  bool defined_ = false;
};

template <class T, class Allocator>
struct tensor_traits<tensor<T, Allocator>> {
  static constexpr dtype type = element_traits<T>::type;
  static constexpr bool only_tensor = true;
  static constexpr bool owns_shape = true;

  static bool has_shape(const tensor<T, Allocator>& object) noexcept { return object.defined(); }
  static tensor_view view(tensor<T, Allocator>& object) {
    return {reinterpret_cast<std::byte*>(object.data()), type, object.shape(),
            object.get_allocator().space()};
  }
  static const_tensor_view view(const tensor<T, Allocator>& object) {
    return {reinterpret_cast<const std::byte*>(object.data()), type, object.shape(),
            object.get_allocator().space()};
  }
  static tensor<T, Allocator> make(const shape& extents, const tensor<T, Allocator>& like) {
    return tensor<T, Allocator>::uninitialized(extents, like.get_allocator());
  }
  static tensor<T, Allocator> make(const shape& extents, const memory_space& space)
    requires std::constructible_from<Allocator, const memory_space&>
  {
    return tensor<T, Allocator>::uninitialized(extents, Allocator(space));
  }
};

}  // namespace ingot
