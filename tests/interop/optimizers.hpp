// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include <ingot/ingot.hpp>

// PyTorch's SGD, Adam and AdamW over float32 parameters, as torch/optim computes them (2.13).

using parameters = std::vector<ingot::tensor<float>*>;
using gradients = std::vector<ingot::tensor<float>>;

struct sgd {
  struct group {
    parameters params;
    double lr = 0, momentum = 0, dampening = 0, weight_decay = 0;
    bool nesterov = false;
  };
  std::vector<group> groups;
  std::vector<ingot::tensor<float>> momentum_buffer{};

  static consteval auto describe() {
    return ingot::optimizer(ingot::sgd_layout, ingot::param_groups<&sgd::groups>,
                            ingot::params<&group::params>, ingot::hyper<"lr", &group::lr>,
                            ingot::hyper<"momentum", &group::momentum>,
                            ingot::hyper<"dampening", &group::dampening>,
                            ingot::hyper<"weight_decay", &group::weight_decay>,
                            ingot::hyper<"nesterov", &group::nesterov>,
                            ingot::slot<"momentum_buffer", &sgd::momentum_buffer>);
  }

  void step(const gradients& gradients);
};

template <bool Decoupled>
struct basic_adam {
  struct group {
    parameters params;
    double lr = 0, eps = 0, weight_decay = 0;
    std::array<double, 2> betas{};
    bool amsgrad = false;
  };
  std::vector<group> groups;
  std::vector<float> steps{};
  std::vector<ingot::tensor<float>> exp_avg{}, exp_avg_sq{}, max_exp_avg_sq{};

  static consteval auto describe() {
    return ingot::optimizer(
        Decoupled ? ingot::adamw_layout : ingot::adam_layout,
        ingot::param_groups<&basic_adam::groups>, ingot::params<&group::params>,
        ingot::hyper<"lr", &group::lr>, ingot::hyper<"betas", &group::betas>,
        ingot::hyper<"eps", &group::eps>, ingot::hyper<"weight_decay", &group::weight_decay>,
        ingot::hyper<"amsgrad", &group::amsgrad>, ingot::slot<"step", &basic_adam::steps>,
        ingot::slot<"exp_avg", &basic_adam::exp_avg>,
        ingot::slot<"exp_avg_sq", &basic_adam::exp_avg_sq>,
        ingot::optional_slot<"max_exp_avg_sq", &basic_adam::max_exp_avg_sq>);
  }

  void step(const gradients& gradients);
};

using adam = basic_adam<false>;
using adamw = basic_adam<true>;
