// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <ingot/model/modules.hpp>
#include <ingot/model/slots.hpp>
#include <ingot/state/dict.hpp>
#include <ingot/state/optimizer_description.hpp>

namespace ingot {

/// How state_dict() describes a model.
struct state_dict_options {
  /// An OrderedDict with PyTorch's `_metadata` attribute, as nn.Module.state_dict() returns:
  /// modules with versions, such as BatchNorm, then load without a warning. Without it a plain
  /// dict, which LibTorch's pickle_load reads too.
  bool metadata = false;
};

namespace detail {

inline tensor_data refer_to_slot(const const_named_slot& named, const storage_ptr& tied) {
  const const_tensor_view view = named.slot.view();
  tensor_data result;
  result.bytes =
      tied ? tied : std::make_shared<const storage>(view.data(), view.nbytes(), view.space());
  result.type = view.type();
  result.shape = view.shape();
  result.strides = view.strides();
  return result;
}

[[noreturn]] inline void refuse_undefined(const std::string& name) {
  throw value_error({.where = name,
                     .expected = "a tensor with a shape",
                     .found = "one that was never given any",
                     .remedy = "construct or load it first; a tensor that may be absent is "
                               "std::optional"});
}

/// _metadata: an OrderedDict from each module's path to {"version": n}.
inline value version_metadata(const std::vector<named_module>& modules) {
  std::vector<value::pair> items;
  items.reserve(modules.size());
  for (const named_module& module : modules) {
    items.emplace_back(module.name, dict{{"version", module.version}});
  }
  return value::make_mapping(kind::ordered_dict, std::move(items));
}

}  // namespace detail

/// The model's parameters and persistent buffers by name, in PyTorch's order. It refers to the
/// model's memory, as in PyTorch: the model must outlive it and its tensors must keep their
/// storage; clone() is the deep copy. Throws value_error where a tensor has no shape yet.
template <class Model>
  requires(!described_optimizer<Model>)
dict state_dict(const Model& model, const state_dict_options& options = {}) {
  const std::vector<const_named_slot> slots = collect(model);
  std::vector<value::pair> items;
  items.reserve(slots.size());
  std::vector<storage_ptr> storages(slots.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].kind == role::transient) continue;
    if (!slots[i].slot.defined()) detail::refuse_undefined(slots[i].name);
    tensor_data tensor = detail::refer_to_slot(slots[i], storages[slots[i].tie]);
    storages[slots[i].tie] = tensor.bytes;
    items.emplace_back(slots[i].name, std::move(tensor));
  }
  if (!options.metadata) return dict(value::make_mapping(kind::dict, std::move(items)));
  std::vector<value::pair> attributes{
      {"_metadata", detail::version_metadata(collect_modules(model))}};
  return dict(value::make_mapping(kind::ordered_dict, std::move(items), std::move(attributes)));
}

/// A temporary's tensors would be gone before the state could be used.
template <class Model>
  requires(!described_optimizer<Model>)
dict state_dict(const Model&&, const state_dict_options& = {}) = delete;

}  // namespace ingot
