// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace ingot {

/// What a member is to its module.
enum class role : std::uint8_t {
  parameter,  ///< trained, stored
  buffer,     ///< not trained, stored (PyTorch's persistent buffer)
  transient,  ///< not trained, not stored (PyTorch's non-persistent buffer)
  submodule,  ///< its type says what it is, down to the tensors inside it
  plain,      ///< a hyper-parameter: not state
  skip,       ///< never looked at
};

/// A T with a role that its type doesn't have by itself. It is a T (or converts to one, where T
/// can't be a base), so that code uses the member as if it weren't wrapped.
template <class T, role Role, bool Derived = std::is_class_v<T> && !std::is_final_v<T>>
class with_role : public T {
 public:
  using T::T;
  with_role() = default;
  with_role(const T& object) : T(object) {}        // NOLINT: a T may take the role
  with_role(T&& object) : T(std::move(object)) {}  // NOLINT

  T& unwrapped() noexcept { return *this; }
  const T& unwrapped() const noexcept { return *this; }
};

template <class T, role Role>
class with_role<T, Role, false> {
 public:
  constexpr with_role() = default;
  constexpr with_role(T object) : object_(std::move(object)) {}  // NOLINT: a T may take the role

  constexpr operator T&() noexcept { return object_; }              // NOLINT: it stands for the T
  constexpr operator const T&() const noexcept { return object_; }  // NOLINT

  constexpr T& unwrapped() noexcept { return object_; }
  constexpr const T& unwrapped() const noexcept { return object_; }

 private:
  T object_{};
};

/// A trained tensor, where the type alone can't tell: `parameter<std::vector<float>>`.
template <class T>
using parameter = with_role<T, role::parameter>;
/// A tensor that is stored but not trained: running means, counters.
template <class T>
using buffer = with_role<T, role::buffer>;
/// A tensor that is neither trained nor stored: scratch memory, caches.
template <class T>
using transient = with_role<T, role::transient>;
/// A hyper-parameter, where the type alone can't tell: `plain<std::vector<int>>` for a stride.
template <class T>
using plain = with_role<T, role::plain>;
/// A member that Ingot never looks at: streams, handles, caches.
template <class T>
using skip = with_role<T, role::skip>;

}  // namespace ingot
