// SPDX-License-Identifier: Apache-2.0
#pragma once

// An optimizer of one's own says what it holds, by PyTorch's names:
//
//     struct sgd {
//       struct group {
//         std::vector<ingot::tensor<float>*> params;
//         double lr = 0.001, momentum = 0, weight_decay = 0;
//       };
//       std::vector<group> groups;
//       std::vector<ingot::tensor<float>> momentum_buffer;  // one a parameter; undefined: no state
//
//       static consteval auto describe() {
//         return ingot::optimizer(ingot::sgd_layout,
//                                 ingot::param_groups<&sgd::groups>,
//                                 ingot::params<&group::params>,
//                                 ingot::hyper<"lr", &group::lr>,
//                                 ingot::hyper<"momentum", &group::momentum>,
//                                 ingot::hyper<"weight_decay", &group::weight_decay>,
//                                 ingot::slot<"momentum_buffer", &sgd::momentum_buffer>);
//       }
//     };
//
//     ingot::save(ingot::dict{{"optimizer_state_dict", ingot::state_dict(optimizer)}}, "c.tar");
//     ingot::load_state_dict(optimizer, ingot::open("c.tar")["optimizer_state_dict"]);
//
// What isn't a member (here dampening, nesterov, maximize, ...) is written as the constant that the
// layout has for it. One group needs no param_groups: `params<&adam::params>`, `hyper<"lr",
// &adam::lr>`. Hyper-parameters of several members are tuples: `hyper<"betas", &adam::beta1,
// &adam::beta2>` (or one std::array). State in a vector of structs: `slot<"exp_avg", &adam::states,
// &adam_state::exp_avg>`. `slot<"step", &adam::steps>` is a vector of numbers, or one number for
// all parameters. `optional_slot<"max_exp_avg_sq", ...>` may be missing. A type that isn't yours:
// `template <> inline constexpr auto ingot::describe<vendor::sgd> = ingot::optimizer(...);`

#include <ingot/state/detail/optimizer_load.hpp>
#include <ingot/state/detail/optimizer_write.hpp>
#include <ingot/state/load_options.hpp>
#include <ingot/state/load_report.hpp>
#include <ingot/state/optimizer_description.hpp>
#include <ingot/state/state_dict.hpp>

namespace ingot {

/// The state of an optimizer as torch.optim.Optimizer.state_dict() has it: {"state": {0: {...}},
/// "param_groups": [{..., "params": [0, ...]}]}. It refers to the optimizer's tensors, which must
/// outlive it; clone() is the deep copy. Throws value_error where a slot has neither no element nor
/// one a parameter.
template <described_optimizer Optimizer>
dict state_dict(const Optimizer& optimizer) {
  return detail::optimizer_writer<Optimizer>(optimizer)();
}

/// A temporary's tensors would be gone before the state could be used.
template <described_optimizer Optimizer>
dict state_dict(const Optimizer&&) = delete;

/// Loads what torch.optim.Optimizer.state_dict() has into an optimizer: hyper-parameters, and the
/// slots of each parameter; what the file doesn't have for a parameter is cleared, as before its
/// first step. Of the options those about names don't apply. An empty container of slots gets its
/// elements.
///
/// Throws value_error where `state` isn't an optimizer's, and mismatch_error, with the report,
/// where it is another optimizer's: groups, numbers of parameters, shapes, hyper-parameters that
/// differ from what this one computes with; if .strict, also for keys that only one side has.
/// Nothing has changed then. Throws format_error and file_error as for a model.
template <described_optimizer Optimizer>
load_report load_state_dict(Optimizer& optimizer, const value& state,
                            const load_options& options = {}) {
  return detail::optimizer_loader<Optimizer>(optimizer, state, options).run();
}

}  // namespace ingot
