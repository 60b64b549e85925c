// SPDX-License-Identifier: Apache-2.0
#include "optimizers.hpp"

#include <algorithm>
#include <cmath>

namespace {

/// Calls update(group, parameter, index over all groups) for each parameter.
template <class Optimizer, class Update>
void for_each_parameter(Optimizer& optimizer, Update update) {
  std::size_t index = 0;
  for (auto& group : optimizer.groups) {
    for (ingot::tensor<float>* each : group.params) update(group, *each, index++);
  }
}

float decayed(float gradient, double weight_decay, float weight) {
  return gradient + static_cast<float>(weight_decay) * weight;
}

}  // namespace

void sgd::step(const gradients& gradients) {
  momentum_buffer.resize(gradients.size());
  for_each_parameter(*this, [&](const group& with, ingot::tensor<float>& weights, std::size_t at) {
    ingot::tensor<float>& buffer = momentum_buffer[at];
    const bool first = !buffer.defined();
    if (first && with.momentum != 0) buffer = ingot::tensor<float>(weights.shape());
    const auto momentum = static_cast<float>(with.momentum);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      float slope = decayed(gradients[at][i], with.weight_decay, weights[i]);
      if (with.momentum != 0) {
        const auto share = first ? 1.0f : static_cast<float>(1 - with.dampening);
        buffer[i] = momentum * buffer[i] + share * slope;
        slope = with.nesterov ? slope + momentum * buffer[i] : buffer[i];
      }
      weights[i] -= static_cast<float>(with.lr) * slope;
    }
  });
}

template <bool Decoupled>
void basic_adam<Decoupled>::step(const gradients& gradients) {
  steps.resize(gradients.size());
  exp_avg.resize(gradients.size());
  exp_avg_sq.resize(gradients.size());
  max_exp_avg_sq.resize(gradients.size());
  for_each_parameter(*this, [&](const group& with, ingot::tensor<float>& weights, std::size_t at) {
    const auto prepare = [&](ingot::tensor<float>& slot) {
      if (!slot.defined()) slot = ingot::tensor<float>(weights.shape());
    };
    prepare(exp_avg[at]);
    prepare(exp_avg_sq[at]);
    if (with.amsgrad) prepare(max_exp_avg_sq[at]);
    const auto count = static_cast<double>(steps[at] += 1);
    const auto [beta1, beta2] = with.betas;
    const auto step_size = static_cast<float>(with.lr / (1 - std::pow(beta1, count)));
    const auto correction = static_cast<float>(std::sqrt(1 - std::pow(beta2, count)));
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (Decoupled) weights[i] *= static_cast<float>(1 - with.lr * with.weight_decay);
      const float slope =
          Decoupled ? gradients[at][i] : decayed(gradients[at][i], with.weight_decay, weights[i]);
      float& mean = exp_avg[at][i];
      float& square = exp_avg_sq[at][i];
      mean += static_cast<float>(1 - beta1) * (slope - mean);
      square = static_cast<float>(beta2) * square + static_cast<float>(1 - beta2) * slope * slope;
      float largest = square;
      if (with.amsgrad) {
        largest = max_exp_avg_sq[at][i] = std::max(max_exp_avg_sq[at][i], square);
      }
      weights[i] -=
          step_size * mean / (std::sqrt(largest) / correction + static_cast<float>(with.eps));
    }
  });
}

template struct basic_adam<false>;
template struct basic_adam<true>;
