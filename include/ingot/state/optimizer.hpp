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

#include <ingot/state/optimizer_description.hpp>
