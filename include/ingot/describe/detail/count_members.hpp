// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdlib>
#include <type_traits>
#include <utility>

#include <ingot/describe/detail/bind_members.hpp>

namespace ingot::detail {

// Only for unevaluated operands, to ask what an aggregate can be initialised from. The conversions
// are defined since clang takes some of them for used, and never run.
template <class Aggregate>
struct anything {
  template <class T>
    requires(!std::same_as<T, Aggregate>)
  operator T() const noexcept {  // NOLINT: the conversion is what is asked for
    std::abort();
  }
};
template <class Aggregate>
struct any_base {
  template <class T>
    requires(std::is_base_of_v<T, Aggregate> && !std::same_as<T, Aggregate>)
  operator T() const noexcept {  // NOLINT: the conversion is what is asked for
    std::abort();
  }
};

template <class Aggregate>
struct any_empty_base {
  template <class T>
    requires(std::is_base_of_v<T, Aggregate> && !std::same_as<T, Aggregate> && std::is_empty_v<T>)
  operator T() const noexcept {  // NOLINT: the conversion is what is asked for
    std::abort();
  }
};

template <std::size_t, class T>
using repeated = T;

template <class T, std::size_t... I>
consteval bool takes_anything(std::index_sequence<I...>) {
  return requires { T{repeated<I, anything<T>>()...}; };
}
template <class T, class Base, std::size_t... I, std::size_t... J>
consteval bool takes_bases(std::index_sequence<I...>, std::index_sequence<J...>) {
  return requires { T{repeated<I, Base>()..., repeated<J, anything<T>>()...}; };
}
// {} initialises any one member, an array too; `anything` initialises just one element of an array.
template <class T, std::size_t... I, std::size_t... J>
consteval bool takes_empty_at(std::index_sequence<I...>, std::index_sequence<J...>) {
  return requires { T{repeated<I, anything<T>>()..., {}, repeated<J, anything<T>>()...}; };
}

inline constexpr std::size_t uncountable = static_cast<std::size_t>(-1);

/// How many initialisers T takes: at least the number of its bases and members, more where it has
/// an array, whose elements count. The counts that are accepted are an interval, since each member
/// without a default must be initialised.
template <class T, std::size_t Count = 0, bool Found = false>
consteval std::size_t count_initializers() {
  constexpr bool takes = takes_anything<T>(std::make_index_sequence<Count>{});
  if constexpr (takes && Count <= bind_limit) {
    return count_initializers<T, Count + 1, true>();
  } else if constexpr (Found) {
    return takes ? Count : Count - 1;
  } else if constexpr (Count <= bind_limit) {
    return count_initializers<T, Count + 1, false>();
  } else {
    return uncountable;
  }
}

/// How many of the first initialisers are for bases; Base is any_base, or any_empty_base.
template <class T, class Base, std::size_t Count, std::size_t Bases = 0>
consteval std::size_t count_bases() {
  if constexpr (Bases == Count) {
    return Bases;
  } else if constexpr (takes_bases<T, Base>(std::make_index_sequence<Bases + 1>{},
                                            std::make_index_sequence<Count - Bases - 1>{})) {
    return count_bases<T, Base, Count, Bases + 1>();
  } else {
    return Bases;
  }
}

// A member that {} initialises together with fewer than all others has eaten theirs: an array.
template <class T, std::size_t Count, std::size_t At, std::size_t Extent = 2>
consteval bool is_array_at() {
  if constexpr (At + Extent > Count) {
    return false;
  } else if constexpr (takes_empty_at<T>(std::make_index_sequence<At>{},
                                         std::make_index_sequence<Count - At - Extent>{})) {
    return true;
  } else {
    return is_array_at<T, Count, At, Extent + 1>();
  }
}

template <class T, std::size_t Count, std::size_t At = 0>
consteval bool has_array() {
  if constexpr (At >= Count) {
    return false;
  } else if constexpr (!takes_empty_at<T>(std::make_index_sequence<At>{},
                                          std::make_index_sequence<Count - At - 1>{}) &&
                       is_array_at<T, Count, At>()) {
    return true;
  } else {
    return has_array<T, Count, At + 1>();
  }
}

}  // namespace ingot::detail
