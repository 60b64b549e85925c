// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/state/detail/optimizer_access.hpp>
#include <ingot/state/detail/optimizer_hyper.hpp>
#include <ingot/state/dict.hpp>
#include <ingot/state/value.hpp>
#include <ingot/storage/tensor.hpp>

namespace ingot::detail {

/// A number as PyTorch keeps `step`: a 0-d float32 tensor. One that float32 can't hold is float64.
template <class Number>
value to_step(Number number) {
  const auto hold = []<class Float>(Float narrow) {
    tensor<Float> element = tensor<Float>::uninitialized(shape());
    element[0] = narrow;
    return value(std::move(element));
  };
  const auto narrow = static_cast<float>(number);
  const auto wide = static_cast<double>(number);
  return static_cast<double>(narrow) == wide ? hold(narrow) : hold(wide);
}

/// Makes the state_dict of an optimizer.
template <class Optimizer>
class optimizer_writer {
 public:
  using access = optimizer_access<const Optimizer>;

  explicit optimizer_writer(const Optimizer& optimizer)
      : access_(optimizer), parameters_(access_.parameters()) {
    entries_.resize(parameters_.shapes.size());
    has_tensor_.resize(entries_.size());
  }

  dict operator()() {
    access_.for_each_part([&](auto part) { add_slot(part); });
    std::vector<value::pair> state;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      // A parameter that was never stepped has only its numbers, which are 0.
      if (!has_tensor_[i] && (any_tensor_slot_ || !has_number_)) continue;
      state.emplace_back(i, value::make_mapping(kind::dict, std::move(entries_[i])));
    }
    return dict{{"state", value::make_mapping(kind::dict, std::move(state))},
                {"param_groups", groups()}};
  }

 private:
  template <class Part>
  void add_slot(Part) {}

  template <fixed_string Name, bool Optional, auto Container, auto... Path>
  void add_slot(slot_part<Name, Optional, Container, Path...>) {
    std::size_t index = 0;
    access_.template for_each_root<Container>([&](const auto& root) {
      const auto& member = root.*Container;
      if constexpr (slot_container<decltype(member)>) {
        for (const auto& element : member) {
          if (index == entries_.size()) refuse_count(Name.view(), index + 1);
          add_element(index++, Name.view(), (element.*....*Path));
        }
      } else {
        for (std::vector<value::pair>& entry : entries_) {
          entry.emplace_back(Name.view(), to_step(member));
        }
        has_number_ = has_number_ || member != 0;
        index = entries_.size();
      }
    });
    if (index != 0 && index != entries_.size()) refuse_count(Name.view(), index);
  }

  template <class Element>
  void add_element(std::size_t index, std::string_view name, const Element& element) {
    if constexpr (std::is_arithmetic_v<Element>) {
      entries_[index].emplace_back(name, to_step(element));
      has_number_ = has_number_ || element != 0;
    } else {
      any_tensor_slot_ = true;
      if (!tensor_traits<Element>::has_shape(element)) return;
      tensor_data tensor = refer_to(element, nullptr);
      if (!tensor_traits<Element>::owns_shape && parameters_.shapes[index]) {
        tensor.shape = *parameters_.shapes[index];
        tensor.strides = contiguous_strides(tensor.shape);
      }
      entries_[index].emplace_back(name, std::move(tensor));
      has_tensor_[index] = true;
    }
  }

  [[noreturn]] void refuse_count(std::string_view name, std::size_t count) const {
    throw value_error({.where = "the optimizer's " + std::string(name),
                       .expected = "an element for each of the " + std::to_string(entries_.size()) +
                                   " parameters, or none",
                       .found = std::to_string(count)});
  }

  value groups() const {
    std::vector<value> result;
    std::int64_t next = 0;
    access_.for_each_group([&](const auto& group) {
      std::vector<value::pair> described;
      access_.for_each_part([&](auto part) { add_hyper(part, group, described); });
      std::vector<value> indices;
      for (std::size_t i = 0; i < parameters_.group_sizes[result.size()]; ++i) {
        indices.emplace_back(next++);
      }
      std::vector<value::pair> items = in_layout_order(std::move(described));
      items.emplace_back("params", value::make_sequence(kind::list, std::move(indices)));
      result.push_back(value::make_mapping(kind::dict, std::move(items)));
    });
    return value::make_sequence(kind::list, std::move(result));
  }

  template <class Part>
  void add_hyper(Part, const auto&, std::vector<value::pair>&) const {}
  template <fixed_string Name, auto Content>
  void add_hyper(constant_part<Name, Content>, const auto&, std::vector<value::pair>& to) const {
    to.emplace_back(Name.view(), value(Content));
  }
  template <fixed_string Name, auto First, auto... More>
  void add_hyper(hyper_part<Name, First, More...>, const auto& group,
                 std::vector<value::pair>& to) const {
    const auto& root = access_.template root_of<First>(group);
    if constexpr (sizeof...(More) == 0) {
      to.emplace_back(Name.view(), to_hyper_value(root.*First));
    } else {
      to.emplace_back(Name.view(), to_hyper_value(std::tie(root.*First, root.*More...)));
    }
  }

  static std::vector<value::pair> in_layout_order(std::vector<value::pair> described) {
    std::vector<value::pair> result;
    for (const layout_key& key : access::description.layout) {
      const auto found = std::ranges::find_if(
          described, [&](const value::pair& item) { return item.first.text() == key.name; });
      if (found == described.end()) {
        result.emplace_back(key.name, layout_constant(key));
      } else {
        result.push_back(std::move(*found));
        described.erase(found);
      }
    }
    for (value::pair& item : described) result.push_back(std::move(item));
    return result;
  }

  access access_;
  parameter_list parameters_;
  std::vector<std::vector<value::pair>> entries_;  // by parameter: its slots
  std::vector<bool> has_tensor_;
  bool any_tensor_slot_ = false;
  bool has_number_ = false;
};

}  // namespace ingot::detail
