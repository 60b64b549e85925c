// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include <ingot/describe/detail/bind_members.hpp>
#include <ingot/describe/detail/count_members.hpp>
#include <ingot/describe/detail/errors.hpp>
#include <ingot/describe/detail/nowhere.hpp>
#include <ingot/describe/members.hpp>
#include <ingot/describe/name.hpp>

namespace ingot::detail {

enum class countable : std::uint8_t { yes, no, array, base };

template <class T, std::size_t Count>
consteval countable is_countable() {
  if constexpr (Count == uncountable) {
    return countable::no;
  } else if constexpr (has_array<T, Count>()) {
    return countable::array;
  } else if constexpr (Count > bind_limit || takes_empty_at<T>(std::make_index_sequence<Count>{},
                                                               std::make_index_sequence<0>{})) {
    return countable::no;  // too many, or one that {} initialises and an expression doesn't
  } else if constexpr (count_bases<T, any_base<T>, Count>() !=
                       count_bases<T, any_empty_base<T>, Count>()) {
    return countable::base;
  } else {
    return countable::yes;
  }
}

template <class T, countable Reason>
struct report_uncountable {
  static_assert(sizeof(the_members_of_this_class_cannot_be_counted<T>));
  static_assert(
      never<T>,
      "ingot: the class has a reference, more members than automatic reflection takes, or "
      "one that no expression initialises: specialise ingot::describe<T>, or write "
      "static consteval auto describe() inside the class");
};
template <class T>
struct report_uncountable<T, countable::array> {
  static_assert(sizeof(this_class_has_a_C_array<T>));
  static_assert(never<T>,
                "ingot: automatic reflection can't tell a C array from several members: write "
                "std::array, or specialise ingot::describe<T>");
};
template <class T>
struct report_uncountable<T, countable::base> {
  static_assert(sizeof(this_class_has_a_base_with_members<T>));
  static_assert(never<T>,
                "ingot: automatic reflection doesn't see the members of a base: make the base a "
                "member, or specialise ingot::describe<T>");
};
template <class T>
struct report_uncountable<T, countable::yes> {};

template <class T, bool Addressable>
struct report_bit_field {};
template <class T>
struct report_bit_field<T, false> {
  static_assert(sizeof(this_class_has_a_bit_field<T>));
  static_assert(never<T>,
                "ingot: a bit-field can't be reflected: write bool or int, or specialise "
                "ingot::describe<T>");
};

/// The number of members of an aggregate, its empty bases left out.
template <class T>
consteval std::size_t count_members() {
  constexpr std::size_t initializers = count_initializers<T>();
  constexpr countable reason = is_countable<T, initializers>();
  (void)sizeof(report_uncountable<T, reason>);
  if constexpr (reason != countable::yes) {
    return uncountable;
  } else {
    return initializers - count_bases<T, any_base<T>, initializers>();
  }
}

template <std::size_t I, class T>
struct addressed {
  T* address;
};
template <class Indices, class... Ts>
struct address_pack;
template <std::size_t... I, class... Ts>
struct address_pack<std::index_sequence<I...>, Ts...> : addressed<I, Ts>... {};
template <std::size_t I, class T>
constexpr T* address_at(const addressed<I, T>& entry) {
  return entry.address;
}

struct take_addresses {
  template <class... Ts>
  constexpr auto operator()(Ts&... members) const {
    return address_pack<std::index_sequence_for<Ts...>, Ts...>{{std::addressof(members)}...};
  }
};

template <class T, std::size_t Count, std::size_t... I>
consteval std::array<std::string_view, Count> automatic_names(std::index_sequence<I...>) {
  return {
      pointed_name<address_at<I>(bind_members<Count>::apply(nowhere<T>(), take_addresses{}))>...};
}

template <class T>
consteval int automatic_version() {
  if constexpr (requires { std::integral_constant<int, T::version>{}; }) {
    return T::version;
  } else {
    return 1;
  }
}

template <class T>
consteval auto automatic_ties() {
  if constexpr (requires { requires tie_item<std::remove_cv_t<decltype(T::tied)>>; }) {
    return type_list<std::remove_cv_t<decltype(T::tied)>>{};
  } else {
    return type_list<>{};
  }
}

/// What is known of an aggregate without a descriptor: the roles come from its members' types.
template <class T, std::size_t Count = count_members<T>()>
struct automatic_description {
  using fields = decltype(bind_members<Count>::fields(std::declval<T&>()));
  static_assert(sizeof(report_bit_field<T, fields::addressable>));

  static constexpr std::size_t size = Count;
  static constexpr int version = automatic_version<T>();
  using ties = decltype(automatic_ties<T>());
  template <std::size_t I>
  using type = typename fields::template type<I>;
  template <std::size_t I>
  using shape = unshaped;
  template <std::size_t>
  static constexpr role given = role::submodule;
  static constexpr std::array<std::string_view, Count> names =
      automatic_names<T, Count>(std::make_index_sequence<Count>{});

  /// f(members...), which are const where the object is.
  template <class Self, class F>
  static constexpr decltype(auto) apply(Self& object, F&& f) {
    return bind_members<Count>::apply(object, std::forward<F>(f));
  }
};
template <class T>
struct automatic_description<T, uncountable> {  // reported already
  static constexpr std::size_t size = 0;
  static constexpr int version = 1;
  using ties = type_list<>;
  template <class Self, class F>
  static constexpr decltype(auto) apply(Self&, F&& f) {
    return f();
  }
};

}  // namespace ingot::detail
