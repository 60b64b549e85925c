// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <ingot/describe/detail/errors.hpp>
#include <ingot/describe/name.hpp>

namespace ingot::detail {

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif

// An object that is never defined: the addresses of its members are constants, and the compiler
// spells them with the members' names. nvcc's front end spells a wrapped object's wrong in constant
// expressions; g++ and clang need the wrapper for types that are local to a function. Two names,
// lest a program of .cu and .cpp files break the one-definition rule.
#if defined(__CUDACC__)
template <class T>
consteval bool is_local() {
  return type_name<T>().find(")::") != std::string_view::npos;
}
template <class T, bool Local>
struct check_local {};
template <class T>
struct check_local<T, true> {
  static_assert(sizeof(this_class_is_local_to_a_function<T>));
  static_assert(never<T>,
                "ingot: nvcc can't name the members of a class inside a function: move the class "
                "out of it, or write static consteval auto describe() inside the class");
};
template <class T>
extern const T nowhere_bare;
template <class T>
constexpr const T& nowhere() {
  static_assert(sizeof(check_local<T, is_local<T>()>));
  return nowhere_bare<T>;
}
#else
template <class T>
struct nowhere_wrapper {
  T object;
};
template <class T>
extern const nowhere_wrapper<T> nowhere_wrapped;
template <class T>
constexpr const T& nowhere() {
  return nowhere_wrapped<T>.object;
}
#endif

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

}  // namespace ingot::detail
