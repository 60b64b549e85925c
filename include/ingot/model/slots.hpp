// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <ingot/describe/role.hpp>
#include <ingot/model/tensor_slot.hpp>

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

/// All tensors of a model in PyTorch's order (a module's parameters, its buffers, its children),
/// each name of a tie, transients too: leave those out and it is the order of state_dict(). The
/// slots refer to the model. Throws value_error where shared_ptrs make a cycle of modules or a
/// map's key is empty or has a dot.
template <class Model>
std::vector<named_slot> collect(Model& model);

template <class Model>
std::vector<const_named_slot> collect(const Model& model);

/// One name of one module; the model itself has the empty name.
struct named_module {
  std::string name;  ///< "layers.0"
  std::string type;  ///< the C++ type's name
  int version;       ///< PyTorch's Module._version: 1 unless the descriptor says otherwise
};

/// All modules in PyTorch's order, each name of a shared one: what state_dict()._metadata lists.
template <class Model>
std::vector<named_module> collect_modules(const Model& model);

}  // namespace ingot
