// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <ingot/describe/detail/automatic.hpp>
#include <ingot/describe/detail/errors.hpp>
#include <ingot/describe/member_kind.hpp>
#include <ingot/describe/members.hpp>

namespace ingot::detail {

/// What a descriptor says of a class, in the form of automatic_description.
template <class T, class Descriptor, class Members>
struct explicit_description;
template <class T, class Descriptor, class... Members>
struct explicit_description<T, Descriptor, type_list<Members...>> {
  static constexpr std::size_t size = sizeof...(Members);
  static constexpr int version = Descriptor::version == 0 ? 1 : Descriptor::version;
  using ties = typename Descriptor::ties;
  template <std::size_t I>
  using type = typename element_at<I, Members...>::type;
  template <std::size_t I>
  using shape = typename element_at<I, Members...>::shape;
  template <std::size_t I>
  static constexpr role given = element_at<I, Members...>::given;
  static constexpr std::array<std::string_view, size> names{Members::name...};

  template <class Self, class F>
  static constexpr decltype(auto) apply(Self& object, F&& f) {
    return f((object.*Members::pointer)...);
  }

  // The size that the members give a class, in the order of the descriptor.
  static constexpr std::size_t described_bytes() {
    std::size_t end = std::is_polymorphic_v<T> ? sizeof(void*) : 0;
    const auto round_up = [&end](std::size_t to) { end = (end + to - 1) / to * to; };
    ((round_up(alignof(typename Members::type)), end += sizeof(typename Members::type)), ...);
    round_up(alignof(T));
    return std::max(end, std::size_t{1});
  }
};

template <class T, class Owner>
struct check_owner {
  static_assert(sizeof(this_class_inherits_describe_from_its_base<T, Owner>));
  static_assert(
      never<T>,
      "ingot: describe() is that of a base and doesn't know this class's members: write "
      "describe() in this class (with ingot::members_of<T>(...) if no member is its own)");
};
template <class T>
struct check_owner<T, T> {};

template <class T, std::size_t Described, bool Complete>
struct check_bytes {};
template <class T, std::size_t Described>
struct check_bytes<T, Described, false> {
  static_assert(sizeof(this_class_has_undescribed_bytes<T, Described, sizeof(T)>));
  static_assert(
      never<T>,
      "ingot: the class is larger than its described members: describe all of them in the "
      "order of their declaration, or add ingot::partial");
};

template <class T, class Descriptor>
struct checked_description : explicit_description<T, Descriptor, typename Descriptor::members> {
  using base = explicit_description<T, Descriptor, typename Descriptor::members>;
  static constexpr bool complete = Descriptor::partial || base::described_bytes() >= sizeof(T);
  static_assert(sizeof(check_bytes<T, base::described_bytes(), complete>));
};

template <class T>
concept dereferenceable = requires(const T& pointer) { *pointer; };

template <class T>
struct undescribable : automatic_description<T, uncountable> {
  static_assert(sizeof(this_class_is_neither_described_nor_an_aggregate<T>));
  static_assert(!dereferenceable<T>,
                "ingot: this is a pointer to a model: pass the model itself, *pointer");
  static_assert(dereferenceable<T>,
                "ingot: the class has private members, constructors or virtual functions: write "
                "a public static consteval auto describe() inside it, or specialise "
                "ingot::describe<T>");
};

template <class T>
consteval auto choose_description() {
  if constexpr (described_inside<T>) {
    using found = decltype(T::describe());
    (void)sizeof(check_owner<T, typename found::owner>);
    return std::type_identity<checked_description<T, found>>{};
  } else if constexpr (described_outside<T>) {
    return std::type_identity<checked_description<T, std::remove_cv_t<decltype(describe<T>)>>>{};
  } else if constexpr (std::is_aggregate_v<T> && std::is_class_v<T>) {
    return std::type_identity<automatic_description<T>>{};
  } else {
    return std::type_identity<undescribable<T>>{};
  }
}

template <class Description, std::size_t I>
consteval auto name_of_member() {
  fixed_string<Description::names[I].size() + 1> name;
  std::copy(Description::names[I].begin(), Description::names[I].end(), name.text);
  return name;
}

template <class Description>
consteval naming naming_of(std::size_t index) {
  const std::string_view name = Description::names[index];
  if (name.empty() || std::ranges::find(name, '.') != name.end()) return naming::impossible;
  for (std::size_t i = 0; i < index; ++i) {
    if (Description::names[i] == name) return naming::repeated;
  }
  return naming::right;
}

// Whether storage whose size is a constant has as many elements as its described shape.
template <class T, class Shape>
consteval bool has_size_of() {
  if constexpr (requires {
                  requires Shape::constant;
                  tensor_traits<typename unwrapped<T>::type>::fixed_size;
                }) {
    return Shape::count() ==
           static_cast<std::int64_t>(tensor_traits<typename unwrapped<T>::type>::fixed_size);
  } else {
    return true;
  }
}

template <class T, class Description, std::size_t I>
consteval void check_member() {
  using type = typename Description::template type<I>;
  constexpr member_kind found = kind_of<type, Description::template given<I>>();
  constexpr auto name = name_of_member<Description, I>();
  if constexpr (is_error(found)) (void)sizeof(check_kind<found, T, name, type>);
  (void)sizeof(check_name<naming_of<Description>(I), T, name>);
  (void)sizeof(
      check_size<has_size_of<type, typename Description::template shape<I>>(), T, name, type>);
}

template <class T, class Description, std::size_t... I>
consteval bool check_members(std::index_sequence<I...>) {
  (check_member<T, Description, I>(), ...);
  return true;
}

/// All that is known of a class at compile time: size, names, type<I>, given<I>, shape<I>,
/// version, ties, apply(). The one source for all walks; using it checks the class.
template <class T>
struct description : decltype(choose_description<T>())::type {
  using chosen = typename decltype(choose_description<T>())::type;
  static_assert(check_members<T, chosen>(std::make_index_sequence<chosen::size>{}));

  template <std::size_t I>
  static constexpr member_kind kind_at =
      kind_of<typename chosen::template type<I>, chosen::template given<I>>();
};

}  // namespace ingot::detail
