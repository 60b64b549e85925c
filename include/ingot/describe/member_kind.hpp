// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <ingot/core/element.hpp>
#include <ingot/core/tensor_traits.hpp>
#include <ingot/describe/role.hpp>

namespace ingot {

/// Whether a bare member of type T is a plain value: a hyper-parameter, not state. Specialise it
/// for a type that is one wherever it occurs; plain<T> says so for one member.
template <class T>
inline constexpr bool is_plain = std::is_arithmetic_v<T> || std::is_enum_v<T> || element<T>;
template <class Allocator>
inline constexpr bool is_plain<std::basic_string<char, std::char_traits<char>, Allocator>> = true;
template <>
inline constexpr bool is_plain<std::string_view> = true;
template <>
inline constexpr bool is_plain<std::monostate> = true;

namespace detail {
struct not_described {};
}  // namespace detail

/// The descriptor of a type that can't have describe() inside; specialise it with members(...).
template <class T>
inline constexpr auto describe = detail::not_described{};

namespace detail {

template <class T>
concept described_inside = requires { T::describe(); };
template <class T>
concept described_outside =
    !std::same_as<std::remove_cvref_t<decltype(describe<T>)>, not_described>;
template <class T>
concept described = described_inside<T> || described_outside<T>;

/// What a walk does with a type.
enum class member_kind : std::uint8_t {
  tensor,
  submodule,
  list,      // array, vector, deque: entries "0", "1", ...
  map,       // entries by key
  tuple,     // tuple, pair: entries "0", "1", ...
  nullable,  // optional, unique_ptr, shared_ptr: what it holds, if it holds something
  variant,   // what it holds
  plain,
  skip,
  numbers,  // error: a tensor, or a list of hyper-parameters?
  bits,     // error: std::vector<bool>
  forced,   // error: a module can't have a tensor's role
  unknown,  // error
};

template <class T>
struct container_traits {
  static constexpr member_kind type = member_kind::unknown;
};
template <member_kind Kind, class... Ts>
struct container_of {
  static constexpr member_kind type = Kind;
  template <template <class...> class Apply>
  using contents = Apply<Ts...>;
};
template <class T, class A>
struct container_traits<std::vector<T, A>> : container_of<member_kind::list, T> {};
template <class T, class A>
struct container_traits<std::deque<T, A>> : container_of<member_kind::list, T> {};
template <class T, std::size_t N>
struct container_traits<std::array<T, N>> : container_of<member_kind::list, T> {};
template <class K, class T, class C, class A>
  requires(std::convertible_to<const K&, std::string_view> || std::integral<K>)
struct container_traits<std::map<K, T, C, A>> : container_of<member_kind::map, T> {};
template <class... Ts>
struct container_traits<std::tuple<Ts...>> : container_of<member_kind::tuple, Ts...> {};
template <class T, class U>
struct container_traits<std::pair<T, U>> : container_of<member_kind::tuple, T, U> {};
template <class T>
struct container_traits<std::optional<T>> : container_of<member_kind::nullable, T> {};
template <class T, class D>
struct container_traits<std::unique_ptr<T, D>> : container_of<member_kind::nullable, T> {};
template <class T>
struct container_traits<std::shared_ptr<T>> : container_of<member_kind::nullable, T> {};
template <class... Ts>
struct container_traits<std::variant<Ts...>> : container_of<member_kind::variant, Ts...> {};

template <class T>
inline constexpr bool is_pointer_to_number = false;
template <class T, class D>
inline constexpr bool is_pointer_to_number<std::unique_ptr<T, D>> = element<T>;
template <class T>
inline constexpr bool is_pointer_to_number<std::shared_ptr<T>> = element<T>;

template <class T>
inline constexpr bool is_span_of_numbers = false;
template <class T, std::size_t N>
inline constexpr bool is_span_of_numbers<std::span<T, N>> = element<std::remove_const_t<T>>;

template <class T>
inline constexpr bool is_vector_of_bool = false;
template <class A>
inline constexpr bool is_vector_of_bool<std::vector<bool, A>> = true;

/// The role of a T that was given the role Given (submodule: none), and the kind of it. Modules are
/// not looked into, so that one may hold pointers to its own type.
template <class T, role Given = role::submodule>
consteval member_kind kind_of();

template <class T>
struct unwrapped {
  static constexpr bool wrapped = false;
  using type = T;
};
template <class T, role Role, bool Derived>
struct unwrapped<with_role<T, Role, Derived>> {
  static constexpr bool wrapped = true;
  static constexpr role given = Role;
  using type = T;
};

consteval bool is_error(member_kind of) { return of >= member_kind::numbers; }

// A container of plain values is one; else it has the first error of its contents, if any.
template <member_kind Container, role Given, class... Ts>
consteval member_kind combined() {
  bool plain = true;
  for (const member_kind content : {kind_of<Ts, Given>()...}) {
    if (is_error(content)) return content;
    if (content != member_kind::plain) plain = false;
  }
  return plain ? member_kind::plain : Container;
}

template <member_kind Container, role Given>
struct combine {
  template <class... Ts>
  struct with {
    static consteval member_kind value() {
      if constexpr (sizeof...(Ts) == 0) {
        return member_kind::plain;
      } else {
        return combined<Container, Given, Ts...>();
      }
    }
  };
};

template <class T, role Given>
consteval member_kind kind_of_bare() {
  constexpr member_kind container = container_traits<T>::type;
  if constexpr (Given == role::skip || Given == role::plain) {
    return Given == role::skip ? member_kind::skip : member_kind::plain;
  } else if constexpr (is_vector_of_bool<T>) {
    return member_kind::bits;
  } else if constexpr (tensor_like<T> && Given != role::submodule) {
    return member_kind::tensor;
  } else if constexpr (is_plain<T>) {
    return Given == role::submodule ? member_kind::plain : member_kind::unknown;
  } else if constexpr (tensor_like<T>) {
    return tensor_traits<T>::only_tensor ? member_kind::tensor : member_kind::numbers;
  } else if constexpr (described<T>) {
    return Given == role::submodule ? member_kind::submodule : member_kind::forced;
  } else if constexpr (is_pointer_to_number<T> || is_span_of_numbers<T>) {
    return Given == role::submodule ? member_kind::numbers : member_kind::unknown;
  } else if constexpr (container == member_kind::list) {
    using content = typename container_traits<T>::template contents<std::type_identity_t>;
    if constexpr (element<content>) {  // no list of 0-d tensors, but a tensor without its adapter
      return Given == role::submodule ? member_kind::numbers : member_kind::unknown;
    } else {
      return combined<member_kind::list, Given, content>();
    }
  } else if constexpr (container != member_kind::unknown) {
    return container_traits<T>::template contents<
        combine<container, Given>::template with>::value();
  } else if constexpr (std::is_class_v<T> && std::is_aggregate_v<T>) {
    return Given == role::submodule ? member_kind::submodule : member_kind::forced;
  } else {
    return member_kind::unknown;
  }
}

template <class T, role Given>
consteval member_kind kind_of() {
  if constexpr (!std::is_object_v<T> || std::is_array_v<T>) {
    return Given == role::skip || Given == role::plain ? member_kind::skip : member_kind::unknown;
  } else if constexpr (unwrapped<std::remove_cv_t<T>>::wrapped) {
    using inner = unwrapped<std::remove_cv_t<T>>;
    using type = typename inner::type;
    return kind_of<std::conditional_t<std::is_const_v<T>, const type, type>, inner::given>();
  } else {
    constexpr member_kind found = kind_of_bare<std::remove_cv_t<T>, Given>();
    constexpr bool is_state = found != member_kind::plain && found != member_kind::skip;
    return std::is_const_v<T> && is_state ? member_kind::unknown : found;  // can't be loaded into
  }
}

}  // namespace detail
}  // namespace ingot
