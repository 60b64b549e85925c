// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <utility>

#include <ingot/core/dtype.hpp>
#include <ingot/core/memory_space.hpp>
#include <ingot/core/shape.hpp>
#include <ingot/core/tensor_view.hpp>

namespace ingot {

/// How a C++ type holds a tensor. Types opt in by specialising it (never by having data() and
/// size(): std::string has them too). A specialisation has
///
///     static constexpr dtype type;          // of the elements
///     static constexpr bool only_tensor;    // can be nothing but a tensor: a member of the type
///     is
///                                           // a parameter without being told so
///     static constexpr bool owns_shape;     // false: flat storage; the descriptor may shape it
///     static bool has_shape(const T&);      // false: takes the shape that the file has
///     static tensor_view view(T&);          // of a T that has a shape
///     static const_tensor_view view(const T&);
///
/// and, where storage of another shape can be made,
///
///     static T make(const shape&, const T& like);  // like's allocator; elements uninitialised
///
/// and, where storage can be made in a memory space that isn't like's,
///
///     static T make(const shape&, const memory_space&);  // value_error where T can't lie there
///
/// and, where the elements may lie in memory that others own and nobody writes to,
///
///     static T adopt(const std::byte* data, const shape&, std::shared_ptr<const void> owner);
template <class T>
struct tensor_traits;

/// A type that holds a tensor.
template <class T>
concept tensor_like = requires(T& object, const T& constant) {
  { tensor_traits<T>::type } -> std::convertible_to<dtype>;
  { tensor_traits<T>::only_tensor } -> std::convertible_to<bool>;
  { tensor_traits<T>::owns_shape } -> std::convertible_to<bool>;
  { tensor_traits<T>::has_shape(constant) } -> std::same_as<bool>;
  { tensor_traits<T>::view(object) } -> std::convertible_to<tensor_view>;
  { tensor_traits<T>::view(constant) } -> std::convertible_to<const_tensor_view>;
};

/// A tensor whose storage can be made anew in another shape.
template <class T>
concept resizable_tensor = tensor_like<T> && requires(const T& like, const shape& extents) {
  { tensor_traits<T>::make(extents, like) } -> std::same_as<T>;
};

/// A tensor whose storage can be made anew in a memory space.
template <class T>
concept relocatable_tensor =
    tensor_like<T> && requires(const shape& extents, const memory_space& space) {
      { tensor_traits<T>::make(extents, space) } -> std::same_as<T>;
    };

/// A tensor that can refer to constant elements elsewhere. Loading never writes to the elements
/// that it has; it takes new ones.
template <class T>
concept adopting_tensor = resizable_tensor<T> && requires(const std::byte* data, const shape& size,
                                                          std::shared_ptr<const void> owner) {
  { tensor_traits<T>::adopt(data, size, std::move(owner)) } -> std::same_as<T>;
};

}  // namespace ingot
