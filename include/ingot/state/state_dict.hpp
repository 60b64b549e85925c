// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>
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
  return tensor_over(
      tied ? tied : std::make_shared<const storage>(view.data(), view.nbytes(), view.space()),
      view);
}

[[noreturn]] inline void refuse_undefined(const std::string& name) {
  throw value_error({.where = name,
                     .expected = "a tensor with a shape",
                     .found = "one that was never given any",
                     .remedy = "construct or load it first; a tensor that may be absent is "
                               "std::optional"});
}

/// A tensor's elements in host memory: where they are, or copied to `copy`.
inline const std::byte* host_elements(const const_tensor_view& view, std::vector<std::byte>& copy) {
  if (view.space().host_accessible) return view.data();
  copy.resize(view.nbytes());
  view.space().copy_to_host(view.space(), copy.data(), view.data(), copy.size());
  return copy.data();
}

/// Two tensor objects that a descriptor ties are stored as one: where they differ, one would be
/// lost. (Those that are tied by a shared_ptr are one object.)
inline void check_tied(const const_named_slot& first, const const_named_slot& second) {
  if (first.slot.identity() == second.slot.identity()) return;
  const const_tensor_view a = first.slot.view();
  const const_tensor_view b = second.slot.view();
  std::vector<std::byte> copy_of_a, copy_of_b;
  if (a.type() == b.type() && a.shape() == b.shape() &&
      (a.nbytes() == 0 ||
       std::memcmp(host_elements(a, copy_of_a), host_elements(b, copy_of_b), a.nbytes()) == 0)) {
    return;
  }
  throw value_error({.where = second.name,
                     .expected = "the bytes of the tensor that it is tied to, " +
                                 std::string(name(a.type())) + ' ' + to_string(a.shape()),
                     .found = "others, " + std::string(name(b.type())) + ' ' + to_string(b.shape()),
                     .remedy = "copy the one that counts over the other before saving"});
}

/// The state's items, with the transients that are there or without.
inline std::vector<value::pair> state_items(std::vector<const_named_slot> slots, bool transients) {
  std::vector<value::pair> items;
  items.reserve(slots.size());
  std::vector<storage_ptr> storages(slots.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const const_named_slot& named = slots[i];
    const bool transient = named.kind == role::transient;
    if (transient && (!transients || !named.slot.defined())) continue;
    if (!named.slot.defined()) refuse_undefined(named.name);
    if (named.tie != i) check_tied(slots[named.tie], named);
    tensor_data tensor = refer_to_slot(named, storages[named.tie]);
    storages[named.tie] = tensor.bytes;
    items.emplace_back(std::move(slots[i].name), std::move(tensor));
  }
  return items;
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
/// storage; clone() is the deep copy. Throws value_error where a tensor has no shape yet, or
/// tensors that are tied differ.
template <class Model>
  requires(!described_optimizer<Model> && !std::derived_from<Model, value>)
dict state_dict(const Model& model, const state_dict_options& options = {}) {
  std::vector<value::pair> items = detail::state_items(ingot::collect(model), false);
  if (!options.metadata) return dict(value::make_mapping(kind::dict, std::move(items)));
  std::vector<value::pair> attributes{
      {"_metadata", detail::version_metadata(ingot::collect_modules(model))}};
  return dict(value::make_mapping(kind::ordered_dict, std::move(items), std::move(attributes)));
}

/// A temporary's tensors would be gone before the state could be used.
template <class Model>
  requires(!described_optimizer<Model> && !std::derived_from<Model, value>)
dict state_dict(const Model&&, const state_dict_options& = {}) = delete;

}  // namespace ingot
