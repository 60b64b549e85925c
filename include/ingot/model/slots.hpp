// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

#include <ingot/describe/role.hpp>
#include <ingot/model/tensor_slot.hpp>
#include <ingot/model/ties.hpp>
#include <ingot/model/walk.hpp>

namespace ingot {

/// One name of one tensor of a model.
template <class Slot>
struct basic_named_slot {
  std::string name;  ///< PyTorch's: "layers.0.weight"
  role kind;         ///< parameter, buffer or transient
  Slot slot;
  std::size_t tie;  ///< index of the first slot of the same tensor; its own index where it is that
};

using named_slot = basic_named_slot<tensor_slot>;
using const_named_slot = basic_named_slot<const_tensor_slot>;

namespace detail {

template <class Module, class Shape>
consteval shape_function shape_function_of() {
  if constexpr (Shape::given) {
    return [](const void* module) { return Shape::of(*static_cast<const Module*>(module)); };
  } else {
    return nullptr;
  }
}

template <class NamedSlot>
struct slot_collector {
  std::vector<NamedSlot> slots;
  std::vector<name_group> declared_ties;

  template <class Module>
  void module(const std::string& path, Module&) {
    using known = description<std::remove_const_t<Module>>;
    add_groups<std::remove_const_t<Module>>(declared_ties, path, typename known::ties{});
  }
  template <class T>
  void list(const std::string&, T&) {}

  template <class Shape, class T, class Module>
  void tensor(const std::string& path, role kind, T& object, Module& module) {
    slots.push_back({path,
                     kind,
                     {&object, slot_operations_of<std::remove_const_t<T>>, &module,
                      shape_function_of<std::remove_const_t<Module>, Shape>()},
                     slots.size()});
  }
};

template <class NamedSlot, class Model>
std::vector<NamedSlot> collect_as(Model& model) {
  slot_collector<NamedSlot> found;
  const bool shared = detail::walk(model, found);
  resolve_ties(found.slots, shared, found.declared_ties);
  return std::move(found.slots);
}

}  // namespace detail

/// All tensors of a model in PyTorch's order (a module's parameters, its buffers, its children),
/// each name of a tie, transients too: leave those out and it is the order of state_dict(). The
/// slots refer to the model. Throws value_error where shared_ptrs make a cycle of modules or a
/// map's key is empty or has a dot.
template <class Model>
std::vector<named_slot> collect(Model& model) {
  return detail::collect_as<named_slot>(model);
}
template <class Model>
std::vector<const_named_slot> collect(const Model& model) {
  return detail::collect_as<const_named_slot>(model);
}
template <class Model>
void collect(const Model&& model) = delete;  // the slots would refer to what is gone

}  // namespace ingot
