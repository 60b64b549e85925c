// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/shape.hpp>
#include <ingot/core/tensor_traits.hpp>
#include <ingot/state/optimizer_description.hpp>

namespace ingot {

namespace detail {

template <class... Parts>
struct groups_member {
  static constexpr bool described = false;
};
template <auto Groups, class... Rest>
struct groups_member<param_groups_part<Groups>, Rest...> {
  static constexpr bool described = true;
  static constexpr auto pointer = Groups;
};
template <class First, class... Rest>
struct groups_member<First, Rest...> : groups_member<Rest...> {};

template <class Part>
inline constexpr bool is_params_part = false;
template <auto... Path>
inline constexpr bool is_params_part<params_part<Path...>> = true;

template <class Part>
inline constexpr std::string_view part_name{};
template <class Part>
  requires requires { Part::name; }
inline constexpr std::string_view part_name<Part> = Part::name;

/// Whether each key that a layout has no constant for is described.
template <class... Parts>
consteval bool describes_required_keys(std::span<const layout_key> layout) {
  for (const layout_key& key : layout) {
    const bool described = ((part_name<Parts> == key.name) || ...);
    if (key.kind == layout_key::constant::missing && !described) return false;
  }
  return true;
}

/// How many parameters an optimizer has, and their shapes where these are known by now.
struct parameter_list {
  std::vector<std::size_t> group_sizes{};
  std::vector<std::optional<shape>> shapes{};
};

/// A container with an element a parameter. (A tensor is a range too, of numbers.)
template <class T>
concept slot_container = std::ranges::sized_range<T> &&
                         !requires { requires tensor_traits<std::remove_cv_t<T>>::only_tensor; };

template <class T>
std::optional<shape> shape_of_parameter(const T& parameter) {
  if constexpr (std::is_pointer_v<T>) {
    if (parameter == nullptr) return std::nullopt;
    return shape_of_parameter(*parameter);
  } else if constexpr (tensor_like<T>) {
    // Flat storage says nothing of the shape that PyTorch's parameter has.
    if (!tensor_traits<T>::owns_shape || !tensor_traits<T>::has_shape(parameter)) {
      return std::nullopt;
    }
    return tensor_traits<T>::view(parameter).shape();
  } else if constexpr (requires { shape(parameter.shape()); }) {
    return parameter.shape();
  } else {
    return std::nullopt;
  }
}

/// An optimizer as its description shows it. Optimizer may be const.
template <class Optimizer,
          class Description = decltype(optimizer_description_of<std::remove_const_t<Optimizer>>())>
class optimizer_access;

template <class Optimizer, class... Parts>
class optimizer_access<Optimizer, optimizer_description<Parts...>> {
 public:
  using plain = std::remove_const_t<Optimizer>;
  static constexpr auto description = optimizer_description_of<plain>();
  using groups = groups_member<Parts...>;
  static_assert(
      (0 + ... + (is_params_part<Parts> ? 1 : 0)) == 1,
      "ingot: an optimizer's parameters aren't described: add ingot::params<&T::member> to "
      "its description, once");
  static_assert(
      describes_required_keys<Parts...>(description.layout),
      "ingot: PyTorch's optimizer has a hyper-parameter without a default (lr; Adam also betas and "
      "eps) that isn't described: add ingot::hyper<\"lr\", &T::member>, or a constant such as "
      "ingot::constant<\"eps\", 1e-8>");

  explicit optimizer_access(Optimizer& object) : object_(object) {}

  /// Calls visit(group) for each; the optimizer itself where it has no groups.
  template <class Visit>
  void for_each_group(Visit visit) const {
    if constexpr (!groups::described) {
      visit(object_);
    } else {
      for (auto& group : object_.*groups::pointer) visit(group);
    }
  }

  /// Calls visit(part) for each part of the description.
  template <class Visit>
  static void for_each_part(Visit visit) {
    (visit(Parts{}), ...);
  }

  template <auto Member>
  static constexpr bool belongs_to_optimizer = std::derived_from<plain, member_class_t<Member>>;

  /// Calls visit(root) with what holds a member: the optimizer, or each group in turn.
  template <auto Member, class Visit>
  void for_each_root(Visit visit) const {
    if constexpr (belongs_to_optimizer<Member>) {
      visit(object_);
    } else {
      for_each_group(visit);
    }
  }

  /// What holds a hyper-parameter of a group: the group, or the optimizer for all of them.
  template <auto Member, class Group>
  auto& root_of(Group& group) const {
    if constexpr (belongs_to_optimizer<Member>) {
      return object_;
    } else {
      return group;
    }
  }

  parameter_list parameters() const {
    parameter_list result;
    for_each_group([&](auto& group) {
      const std::size_t before = result.shapes.size();
      for_each_part([&](auto part) { add_parameters(part, group, result.shapes); });
      result.group_sizes.push_back(result.shapes.size() - before);
    });
    return result;
  }

 private:
  template <class Part>
  static void add_parameters(Part, auto&, std::vector<std::optional<shape>>&) {}
  template <auto Container, auto... Path>
  static void add_parameters(params_part<Container, Path...>, auto& group,
                             std::vector<std::optional<shape>>& shapes) {
    for (const auto& element : group.*Container) {
      shapes.push_back(shape_of_parameter((element.*....*Path)));
    }
  }

  Optimizer& object_;
};

}  // namespace detail
}  // namespace ingot
