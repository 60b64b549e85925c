// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include <ingot/describe/fixed_string.hpp>
#include <ingot/describe/member_kind.hpp>
#include <ingot/state/optimizer_layout.hpp>

namespace ingot {

namespace detail {

template <auto Member>
struct member_class;
template <class Class, class Type, Type Class::* Member>
struct member_class<Member> {
  using type = Class;
};
template <auto Member>
using member_class_t = typename member_class<Member>::type;

template <auto Groups>
struct param_groups_part {};
template <auto... Path>
struct params_part {};
template <fixed_string Name, auto... Members>
struct hyper_part {
  static constexpr std::string_view name = Name.view();
};
template <fixed_string Name, auto Content>
struct constant_part {
  static constexpr std::string_view name = Name.view();
};
template <fixed_string Name, bool Optional, auto... Path>
struct slot_part {
  static constexpr std::string_view name = Name.view();
  static constexpr bool optional = Optional;
};

}  // namespace detail

/// The container of an optimizer's parameter groups. Without it the optimizer is its only group.
template <auto Groups>
inline constexpr detail::param_groups_part<Groups> param_groups{};

/// A group's parameters: a container of pointers to tensors, or a path to the pointer in a
/// container of structs. Their order is the one of the indices in a file.
template <auto... Path>
inline constexpr detail::params_part<Path...> params{};

/// A hyper-parameter: a member of the group, or of the optimizer, which then holds for all groups.
/// Several members, and an std::array, are a Python tuple.
template <fixed_string Name, auto... Members>
inline constexpr detail::hyper_part<Name, Members...> hyper{};

/// A hyper-parameter that has no member: a bool, a number, or nullptr for None.
template <fixed_string Name, auto Content>
inline constexpr detail::constant_part<Name, Content> constant{};

/// What an optimizer keeps for each parameter: a container of tensors or numbers, or a path to one
/// in a container of structs, with an element a parameter in the order of the groups. A tensor
/// without a shape is not written. A number is written as the 0-d float32 that PyTorch's `step` is;
/// a single number stands for all parameters.
template <fixed_string Name, auto... Path>
inline constexpr detail::slot_part<Name, false, Path...> slot{};

/// A slot that a parameter with state may lack: Adam's max_exp_avg_sq.
template <fixed_string Name, auto... Path>
inline constexpr detail::slot_part<Name, true, Path...> optional_slot{};

/// What an optimizer holds, by PyTorch's names: see state/optimizer.hpp.
template <class... Parts>
struct optimizer_description {
  std::span<const layout_key> layout;
};

/// Describes an optimizer whose keys are the ones that PyTorch's has, in its order.
template <class... Parts>
consteval optimizer_description<Parts...> optimizer(const optimizer_layout& layout, Parts...) {
  return {layout.keys};
}

/// Describes an optimizer that PyTorch doesn't have: its keys are those of the parts, in their
/// order.
template <class... Parts>
consteval optimizer_description<Parts...> optimizer(Parts...) {
  return {{}};
}

namespace detail {

template <class T>
inline constexpr bool is_optimizer_description = false;
template <class... Parts>
inline constexpr bool is_optimizer_description<optimizer_description<Parts...>> = true;

template <class T>
consteval auto optimizer_description_of() {
  if constexpr (described_inside<T>) {
    return T::describe();
  } else {
    return describe<T>;
  }
}

}  // namespace detail

/// A class that is described as an optimizer, with ingot::optimizer(...).
template <class T>
concept described_optimizer =
    detail::described<std::remove_cv_t<T>> &&
    detail::is_optimizer_description<
        std::remove_cv_t<decltype(detail::optimizer_description_of<std::remove_cv_t<T>>())>>;

}  // namespace ingot
