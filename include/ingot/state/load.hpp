// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/model/slots.hpp>
#include <ingot/state/load_options.hpp>
#include <ingot/state/load_report.hpp>
#include <ingot/state/optimizer_description.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

namespace detail {
/// load_state_dict() of a model, whose slots these are.
load_report load_slots(const std::vector<named_slot>& slots, const value& state,
                       const load_options& options);
}  // namespace detail

/// Loads a state_dict, or that of an entire module, into a model, as
/// torch.nn.Module.load_state_dict does. A tensor that has a
/// shape keeps its memory and must match; one that has none takes the file's. What a model is made
/// of (the length of a vector, an engaged optional) never changes: a difference there is missing or
/// unexpected keys. A file that has one name of a tied tensor has all of them; one that has several
/// must have the same bytes under each. Clone a state that refers to memory which the load
/// writes: parts of it may be read after they were written.
///
/// Throws mismatch_error, with the whole report, before anything has changed: for a tensor that
/// doesn't match (unless .skip_mismatched) and, if .strict, for missing and unexpected keys. Throws
/// format_error and file_error where the file turns out to be damaged or can't be read; the message
/// names the tensors that had already changed (none, if .all_or_nothing).
template <class Model>
  requires(!described_optimizer<Model>)
load_report load_state_dict(Model& model, const value& state, const load_options& options = {}) {
  static_assert(
      !std::is_const_v<Model>,
      "load_state_dict: the model is const and can't be loaded into: pass one that isn't");
  return detail::load_slots(ingot::collect(model), state, options);
}

/// The same of a model or an optimizer from an entry of a file, whose path the errors then name:
/// `load_state_dict(model, open(path)["model_state_dict"])`.
template <class Object>
load_report load_state_dict(Object& object, const entry& state, const load_options& options = {}) {
  try {
    return load_state_dict(object, static_cast<const value&>(state), options);
  } catch (const mismatch_error& failure) {
    throw mismatch_error(failure, state.path());
  } catch (const value_error& failure) {
    error_info info = failure.info();
    info.file = state.path();
    throw value_error(std::move(info));
  }
}

}  // namespace ingot

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/state/impl/load.hpp>
#endif
