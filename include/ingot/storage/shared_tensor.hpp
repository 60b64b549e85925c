// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include <ingot/core/element.hpp>
#include <ingot/core/shape.hpp>
#include <ingot/core/tensor_traits.hpp>
#include <ingot/storage/tensor.hpp>

namespace ingot {

/// Constant elements that are shared, not copied: those of a mapped file, where they lie.
/// Contiguous, row-major. The mapping lives as long as any tensor that refers to it, and so does
/// the old file's content where a save replaces the file. Elements that can't be used where they
/// lie (unaligned, strided, big-endian, read and not mapped, memory that another keeps) are copied
/// to memory that the tensor owns. Copies of the object share the elements. As a member of a model
/// it is loaded without copying a byte:
/// `ingot::load(model, "model.safetensors", {}, {.access = ingot::access::map})`.
template <element T>
class shared_tensor {
 public:
  using value_type = T;

  shared_tensor() = default;
  /// Refers to `data`, which `owner` keeps alive and which has the elements of `extents`.
  shared_tensor(const T* data, ingot::shape extents, std::shared_ptr<const void> owner)
      : data_(data), shape_(std::move(extents)), owner_(std::move(owner)), defined_(true) {}
  /// Takes a tensor over; of one that isn't defined there is nothing to take.
  explicit shared_tensor(tensor<T> elements) {
    if (!elements.defined()) return;
    auto owned = std::make_shared<const tensor<T>>(std::move(elements));
    *this = shared_tensor(owned->data(), owned->shape(), owned);
  }

  /// Whether it has a shape.
  bool defined() const noexcept { return defined_; }
  const ingot::shape& shape() const noexcept { return shape_; }
  std::size_t size() const noexcept {  ///< number of elements
    return defined_ ? static_cast<std::size_t>(element_count(shape_).value_or(0)) : 0;
  }
  const T* data() const noexcept { return data_; }

  /// The elements in row-major order.
  std::span<const T> elements() const noexcept { return {data_, size()}; }
  const T& operator[](std::size_t index) const noexcept { return data_[index]; }
  const T* begin() const noexcept { return data_; }
  const T* end() const noexcept { return data_ + size(); }

 private:
  const T* data_ = nullptr;
  ingot::shape shape_;
  std::shared_ptr<const void> owner_;
  bool defined_ = false;
};

template <class T>
struct tensor_traits<shared_tensor<T>> {
  static constexpr dtype type = element_traits<T>::type;
  static constexpr bool only_tensor = true;
  static constexpr bool owns_shape = true;

  static bool has_shape(const shared_tensor<T>& object) noexcept { return object.defined(); }
  // Only what make() has just made is ever written to: that memory is the object's own.
  static tensor_view view(shared_tensor<T>& object) {
    return {reinterpret_cast<std::byte*>(const_cast<T*>(object.data())), type, object.shape()};
  }
  static const_tensor_view view(const shared_tensor<T>& object) {
    return {reinterpret_cast<const std::byte*>(object.data()), type, object.shape()};
  }
  static shared_tensor<T> make(const shape& extents, const shared_tensor<T>&) {
    return shared_tensor<T>(tensor<T>::uninitialized(extents));
  }
  static shared_tensor<T> adopt(const std::byte* data, const shape& extents,
                                std::shared_ptr<const void> owner) {
    return {reinterpret_cast<const T*>(data), extents, std::move(owner)};
  }
};

}  // namespace ingot
