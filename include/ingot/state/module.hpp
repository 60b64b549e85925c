// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>

#include <ingot/state/dict.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

namespace detail {
/// The module that torch.compile made a module of; null where it didn't.
const value* compiled_module(const value& of);

dict state_dict_of_module(const value& module);
}  // namespace detail

/// Whether a value is an entire torch.nn.Module, as torch.save(model) writes it: an inert object
/// that has what Module's constructor makes.
bool is_module(const value& of);

/// The state_dict of an entire module in a file, although its class is defined nowhere: parameters
/// and persistent buffers, then those of its submodules, as torch.nn.Module.state_dict() orders and
/// names them. What the class computes in methods of its own isn't there: nothing is called
/// (get_extra_state, state_dict hooks, quantized layers). A dict is returned as it is. Throws
/// value_error for what is neither.
template <std::derived_from<value> Value>
dict state_dict(const Value& module) {
  if (module.is_mapping()) return dict(module);
  return detail::state_dict_of_module(module);
}

}  // namespace ingot

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/state/impl/module.hpp>
#endif
