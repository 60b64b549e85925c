// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace ingot::detail {

template <class... Ts>
struct type_list {};

template <std::size_t I, class T>
struct indexed {
  using type = T;
};
template <class Indices, class... Ts>
struct indexed_pack;
template <std::size_t... I, class... Ts>
struct indexed_pack<std::index_sequence<I...>, Ts...> : indexed<I, Ts>... {};

template <std::size_t I, class T>
indexed<I, T> pick(indexed<I, T>);

/// The I-th of Ts, in constant depth.
template <std::size_t I, class... Ts>
using element_at =
    typename decltype(pick<I>(indexed_pack<std::index_sequence_for<Ts...>, Ts...>{}))::type;

/// A member of an aggregate as a structured binding sees it. A bit-field isn't addressable.
template <class Type, bool Addressable>
struct field {
  using type = Type;
  static constexpr bool addressable = Addressable;
};

template <class... Fields>
struct field_list {
  static constexpr std::size_t size = sizeof...(Fields);
  template <std::size_t I>
  using type = typename element_at<I, Fields...>::type;
  static constexpr bool addressable = (Fields::addressable && ...);
};

}  // namespace ingot::detail
