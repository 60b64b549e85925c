// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include <ingot/state/optimizer.hpp>

#include "layers.hpp"

namespace demo {

/// Stochastic gradient descent as torch.optim.SGD does it.
struct sgd {
  std::vector<tensor*> params;
  double lr = 0.001;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;
  std::vector<tensor> momentum_buffers{};  ///< one a parameter, undefined before its first step

  /// What PyTorch's file has, and where it is here.
  static consteval auto describe() {
    return ingot::optimizer(
        ingot::sgd_layout, ingot::params<&sgd::params>, ingot::hyper<"lr", &sgd::lr>,
        ingot::hyper<"momentum", &sgd::momentum>, ingot::hyper<"dampening", &sgd::dampening>,
        ingot::hyper<"weight_decay", &sgd::weight_decay>, ingot::hyper<"nesterov", &sgd::nesterov>,
        ingot::slot<"momentum_buffer", &sgd::momentum_buffers>);
  }

  /// Moves each parameter against its gradient; `gradients` are in the order of params.
  void step(const std::vector<tensor*>& gradients) {
    momentum_buffers.resize(params.size());
    for (std::size_t i = 0; i < params.size(); ++i) {
      update(*params[i], *gradients[i], momentum_buffers[i]);
    }
  }

 private:
  void update(tensor& values, tensor direction, tensor& buffer) const {
    const auto rate = static_cast<float>(lr), decay = static_cast<float>(weight_decay);
    const auto keep = static_cast<float>(momentum), take = static_cast<float>(1 - dampening);
    for (std::size_t i = 0; i < values.size(); ++i) direction[i] += decay * values[i];
    if (momentum != 0) {
      // As in PyTorch, the first step takes all of the gradient, whatever the dampening is.
      if (!buffer.defined()) {
        buffer = direction;
      } else {
        for (std::size_t i = 0; i < values.size(); ++i) {
          buffer[i] = keep * buffer[i] + take * direction[i];
        }
      }
      for (std::size_t i = 0; i < values.size(); ++i) {
        direction[i] = nesterov ? direction[i] + keep * buffer[i] : buffer[i];
      }
    }
    for (std::size_t i = 0; i < values.size(); ++i) values[i] -= rate * direction[i];
  }
};

}  // namespace demo
