// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <ingot/state/optimizer.hpp>
#include <ingot/storage/tensor.hpp>

/// State in a vector a slot, parameters in groups.
struct sgd {
  struct group {
    std::vector<ingot::tensor<float>*> params{};
    double lr = 0.001;
    double momentum = 0;
    double weight_decay = 0;
  };
  std::vector<group> groups{};
  std::vector<ingot::tensor<float>> momentum_buffer{};

  static consteval auto describe() {
    return ingot::optimizer(ingot::sgd_layout, ingot::param_groups<&sgd::groups>,
                            ingot::params<&group::params>, ingot::hyper<"lr", &group::lr>,
                            ingot::hyper<"momentum", &group::momentum>,
                            ingot::hyper<"weight_decay", &group::weight_decay>,
                            ingot::slot<"momentum_buffer", &sgd::momentum_buffer>);
  }
};

/// State in a vector of structs, and no groups; AdamW.
struct adam {
  struct state {
    std::int64_t step = 0;
    ingot::tensor<float> exp_avg{}, exp_avg_sq{}, max_exp_avg_sq{};
  };
  std::vector<ingot::tensor<float>*> params{};
  double lr = 0.001;
  std::array<double, 2> betas{0.9, 0.999};
  double eps = 1e-8;
  bool amsgrad = false;
  std::vector<state> states{};

  static consteval auto describe() {
    return ingot::optimizer(
        ingot::adamw_layout, ingot::params<&adam::params>, ingot::hyper<"lr", &adam::lr>,
        ingot::hyper<"betas", &adam::betas>, ingot::hyper<"eps", &adam::eps>,
        ingot::hyper<"amsgrad", &adam::amsgrad>, ingot::slot<"step", &adam::states, &state::step>,
        ingot::slot<"exp_avg", &adam::states, &state::exp_avg>,
        ingot::slot<"exp_avg_sq", &adam::states, &state::exp_avg_sq>,
        ingot::optional_slot<"max_exp_avg_sq", &adam::states, &state::max_exp_avg_sq>);
  }
};
