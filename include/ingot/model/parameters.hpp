// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ingot/core/tensor_view.hpp>
#include <ingot/model/slots.hpp>

namespace ingot {

/// A name and a view of its tensor. A tensor that has no shape yet is listed as one of shape [0].
template <class View>
struct basic_named_tensor {
  std::string name;
  View tensor;
};

using named_tensor = basic_named_tensor<tensor_view>;
using const_named_tensor = basic_named_tensor<const_tensor_view>;

namespace detail {

template <class Named, class Slots>
std::vector<Named> views_of(Slots slots, bool parameters) {
  std::vector<Named> views;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if ((slots[i].kind == role::parameter) != parameters || slots[i].tie != i) continue;
    views.push_back({std::move(slots[i].name), slots[i].slot.view()});
  }
  return views;
}

}  // namespace detail

/// A model's parameters in PyTorch's order, a tied one once, by its first name. The views refer to
/// the model; those of a const model are const.
template <class Model>
std::vector<named_tensor> named_parameters(Model& model) {
  return detail::views_of<named_tensor>(ingot::collect(model), true);
}
template <class Model>
std::vector<const_named_tensor> named_parameters(const Model& model) {
  return detail::views_of<const_named_tensor>(ingot::collect(model), true);
}
template <class Model>
void named_parameters(const Model&& model) = delete;

/// A model's buffers, transients too, in PyTorch's order, a tied one once; as named_parameters.
template <class Model>
std::vector<named_tensor> named_buffers(Model& model) {
  return detail::views_of<named_tensor>(ingot::collect(model), false);
}
template <class Model>
std::vector<const_named_tensor> named_buffers(const Model& model) {
  return detail::views_of<const_named_tensor>(ingot::collect(model), false);
}
template <class Model>
void named_buffers(const Model&& model) = delete;

/// Number of elements of all parameters, a tied one counted once.
template <class Model>
std::int64_t parameter_count(const Model& model) {
  std::int64_t count = 0;
  for (const auto& [name, tensor] : named_parameters(model)) count += tensor.numel();
  return count;
}

}  // namespace ingot
