// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <deque>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include <ingot/core/memory_space.hpp>
#include <ingot/model/slots.hpp>
#include <ingot/state/detail/load_plan.hpp>
#include <ingot/state/detail/match_model.hpp>
#include <ingot/state/dict.hpp>
#include <ingot/state/load_options.hpp>
#include <ingot/state/state_dict.hpp>
#include <ingot/state/storage.hpp>
#include <ingot/state/tensor_data.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

namespace detail {

/// Copies what `from` has into `into`, of which `in`, unless null, says where it is to lie.
inline void copy_slots(std::vector<const_named_slot> from, const std::vector<named_slot>& into,
                       const memory_space* in) {
  const dict state(value::make_mapping(kind::dict, state_items(std::move(from), true)));
  const load_options options;
  const model_match match(into, state, options, matched_slots::all_that_are_there);
  std::vector<planned_tensor> plan(match.plan().begin(), match.plan().end());
  for (planned_tensor& each : plan) {
    each.in = in;
    if (in != nullptr && &each.into.view().space() != in) each.in_place = false;
  }
  execute(plan, false);
}

/// Moves what slots of one model have to where `in` says; what lies there stays.
inline void move_slots(const std::vector<named_slot>& slots, const memory_space& in) {
  std::deque<tensor_data> there;
  std::vector<planned_tensor> plan;
  std::set<const void*> seen;
  for (const named_slot& each : slots) {
    if (!each.slot.defined()) {
      if (each.kind == role::transient) continue;
      refuse_undefined(each.name);
    }
    const const_tensor_view view = each.slot.view();
    if (&view.space() == &in || !seen.insert(each.slot.identity()).second) continue;
    there.push_back(tensor_over(
        std::make_shared<const storage>(view.data(), view.nbytes(), view.space()), view));
    plan.push_back({each.name, nullptr, &there.back(), each.slot, false, &in});
  }
  execute(plan, false);
}

}  // namespace detail

/// Copies a model's whole state, its transients too, into a model that has the same structure and
/// storage of another kind, which says where it lies. Plain members aren't touched. Throws
/// mismatch_error where the structures differ, before anything has changed, and what the memory
/// spaces throw.
template <class Model, class Twin>
void copy_state(const Model& model, Twin& into) {
  detail::copy_slots(ingot::collect(model), ingot::collect(into), nullptr);
}

/// The model with its whole state in a memory space: torch.nn.Module.to(device). What lies there
/// already stays. `model = to(std::move(model), space)` copies nothing twice. What the model
/// shares with another (by std::shared_ptr) moves for both, as in PyTorch. Throws value_error for
/// storage that can't lie there and for a tensor without a shape, and what the memory spaces throw.
template <class Model>
Model to(Model model, const memory_space& space) {
  detail::move_slots(ingot::collect(model), space);
  return model;
}

/// A model of another type, with other storage, that has the whole state in a memory space:
/// `to<gpu_model>(model, cuda::space(1))`. It is made by its default constructor; where that
/// doesn't make the structure, copy_state() takes a model that has it.
template <class Twin, class Model>
  requires(!std::same_as<Twin, Model>)
Twin to(const Model& model, const memory_space& space) {
  Twin twin{};
  detail::copy_slots(ingot::collect(model), ingot::collect(twin), &space);
  return twin;
}

}  // namespace ingot
