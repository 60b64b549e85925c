// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <ingot/core/shape.hpp>
#include <ingot/describe/detail/field.hpp>
#include <ingot/describe/fixed_string.hpp>
#include <ingot/describe/name.hpp>
#include <ingot/describe/role.hpp>

namespace ingot {
namespace detail {

struct unshaped {
  static constexpr bool given = false;
};

/// Extents that are numbers, or members of the module that hold numbers.
template <auto... Extents>
struct shaped_by {
  static constexpr bool given = true;
  static constexpr bool constant = (std::is_integral_v<decltype(Extents)> && ...);

  template <class Module>
  static shape of(const Module& module) {
    return {extent<Extents>(module)...};
  }
  static constexpr std::int64_t count()
    requires constant
  {
    return (std::int64_t{1} * ... * static_cast<std::int64_t>(Extents));
  }

 private:
  template <auto Extent, class Module>
  static std::int64_t extent(const Module& module) {
    if constexpr (std::is_member_pointer_v<decltype(Extent)>) {
      return static_cast<std::int64_t>(module.*Extent);
    } else {
      return static_cast<std::int64_t>(Extent);
    }
  }
};

template <class T, class Class>
Class class_of_pointer(T Class::*);
template <class T, class Class>
T type_of_pointer(T Class::*);

template <auto Pointer, fixed_string Name, role Given, class Shape>
struct member_of {
  using owner = decltype(class_of_pointer(Pointer));
  using type = std::remove_reference_t<decltype(std::declval<owner&>().*Pointer)>;
  using shape = Shape;
  static constexpr auto pointer = Pointer;
  static constexpr role given = Given;
  static constexpr std::string_view name =
      Name.view().empty() ? pointed_name<Pointer> : Name.view();
};

template <int Number>
struct version_of {
  static constexpr int number = Number;
};
template <fixed_string... Paths>
struct tied_paths {
  static constexpr bool is_tie = true;

  /// Calls f.operator()<Path>() for each path.
  template <class F>
  static constexpr void for_each(F f) {
    (f.template operator()<Paths>(), ...);
  }
};
struct partial_description {};

// The items are told apart by what they have: nvcc's front end doesn't match partial
// specialisations against pointers to members and texts.
template <class T>
concept member_item = requires { T::pointer; };
template <class T>
concept tie_item = requires { T::is_tie; };
template <class T>
concept version_item = requires { T::number; };

template <class Item>
consteval int version_number() {
  if constexpr (version_item<Item>) {
    return Item::number;
  } else {
    return 0;
  }
}

}  // namespace detail

/// The shape of flat storage: numbers, or members of the module that hold them, as in
/// `shaped<10, &linear::inputs>`.
template <auto... Extents>
inline constexpr detail::shaped_by<Extents...> shaped{};

// remove_cvref_t: to nvcc, decltype of such a parameter is a reference.

/// A member whose type says what it is; the name is the member's unless another is given, and the
/// shape is the storage's unless it is given by shaped<...>.
template <auto Pointer, fixed_string Name = "", auto Shape = detail::unshaped{}>
inline constexpr detail::member_of<Pointer, Name, role::submodule,
                                   std::remove_cvref_t<decltype(Shape)>>
    member{};
/// As member, with the role of a parameter.
template <auto Pointer, fixed_string Name = "", auto Shape = detail::unshaped{}>
inline constexpr detail::member_of<Pointer, Name, role::parameter,
                                   std::remove_cvref_t<decltype(Shape)>>
    parameter_member{};
/// As member, with the role of a buffer.
template <auto Pointer, fixed_string Name = "", auto Shape = detail::unshaped{}>
inline constexpr detail::member_of<Pointer, Name, role::buffer,
                                   std::remove_cvref_t<decltype(Shape)>>
    buffer_member{};
/// As member, with the role of a transient: a buffer that isn't stored.
template <auto Pointer, fixed_string Name = "", auto Shape = detail::unshaped{}>
inline constexpr detail::member_of<Pointer, Name, role::transient,
                                   std::remove_cvref_t<decltype(Shape)>>
    transient_member{};
/// A hyper-parameter.
template <auto Pointer, fixed_string Name = "">
inline constexpr detail::member_of<Pointer, Name, role::plain, detail::unshaped> plain_member{};
/// A member that Ingot never looks at.
template <auto Pointer, fixed_string Name = "">
inline constexpr detail::member_of<Pointer, Name, role::skip, detail::unshaped> skip_member{};

/// Names of one and the same tensor, by their paths from the described module.
template <fixed_string... Paths>
  requires(sizeof...(Paths) > 1)
inline constexpr detail::tied_paths<Paths...> tied{};

/// PyTorch's Module._version, for state_dict()._metadata; 1 if it isn't given.
template <int Number>
inline constexpr detail::version_of<Number> version{};

/// Says that the class has members that are left out on purpose.
inline constexpr detail::partial_description partial{};

namespace detail {

template <class... Ts, class... Us>
type_list<Ts..., Us...> operator+(type_list<Ts...>, type_list<Us...>);

template <template <class> class Keep, class... Ts>
using kept =
    decltype((type_list<>{} + ... +
              std::declval<std::conditional_t<Keep<Ts>::value, type_list<Ts>, type_list<>>>()));
template <class T>
using member_test = std::bool_constant<member_item<T>>;
template <class T>
using tie_test = std::bool_constant<tie_item<T>>;

// Of two classes of one hierarchy the derived one: &derived::inherited has the base's type.
template <class T, class U>
struct more_derived {
  using type = std::conditional_t<std::is_void_v<T> || std::is_base_of_v<T, U>, U, T>;
};

template <class Owner, class...>
struct owner_of {
  using type = Owner;
};
template <class Owner, class Item, class... Items>
struct owner_of<Owner, Item, Items...> : owner_of<Owner, Items...> {};
template <class Owner, class Item, class... Items>
  requires member_item<Item>
struct owner_of<Owner, Item, Items...>
    : owner_of<typename more_derived<Owner, typename Item::owner>::type, Items...> {};

/// What members() makes: all of it in the type.
template <class Owner, class... Items>
struct descriptor {
  using owner = Owner;
  using members = kept<member_test, Items...>;
  using ties = kept<tie_test, Items...>;
  static constexpr int version = (0 + ... + version_number<Items>());
  static constexpr bool partial = (std::is_same_v<Items, partial_description> || ...);
};

}  // namespace detail

/// The descriptor of a class, from member<...>, buffer_member<...> and so on, tied<...>,
/// version<...> and partial. Its class is that of the members' pointers.
template <class... Items>
consteval auto members(Items...) {
  return detail::descriptor<typename detail::owner_of<void, Items...>::type, Items...>{};
}

/// As members(), for a class none of whose members is its own: of a base, or there is none.
template <class Owner, class... Items>
consteval auto members_of(Items...) {
  return detail::descriptor<Owner, Items...>{};
}

}  // namespace ingot
