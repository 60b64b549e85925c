// SPDX-License-Identifier: Apache-2.0
#include "training.hpp"

#include <cmath>

namespace {

using matrix = ingot::tensor<float>;

std::size_t rows(const matrix& of) { return static_cast<std::size_t>(of.shape()[0]); }
std::size_t columns(const matrix& of) { return static_cast<std::size_t>(of.shape()[1]); }

matrix forward(const linear& layer, const matrix& x) {
  matrix y({x.shape()[0], layer.weight.shape()[0]});
  for (std::size_t n = 0; n < rows(x); ++n) {
    for (std::size_t o = 0; o < columns(y); ++o) {
      float sum = layer.bias[o];
      for (std::size_t i = 0; i < columns(x); ++i) {
        sum += x[n * columns(x) + i] * layer.weight[o * columns(x) + i];
      }
      y[n * columns(y) + o] = sum;
    }
  }
  return y;
}

/// Appends the gradients of weight and bias, given those of the output.
void add_gradients(const linear& layer, const matrix& x, const matrix& slopes, gradients& to) {
  matrix weight(layer.weight.shape());
  matrix bias(layer.bias.shape());
  for (std::size_t n = 0; n < rows(x); ++n) {
    for (std::size_t o = 0; o < columns(slopes); ++o) {
      const float slope = slopes[n * columns(slopes) + o];
      bias[o] += slope;
      for (std::size_t i = 0; i < columns(x); ++i) {
        weight[o * columns(x) + i] += slope * x[n * columns(x) + i];
      }
    }
  }
  to.push_back(std::move(weight));
  to.push_back(std::move(bias));
}

/// The gradient of the input of a linear layer.
matrix input_gradient(const linear& layer, const matrix& slopes) {
  matrix result({slopes.shape()[0], layer.weight.shape()[1]});
  for (std::size_t n = 0; n < rows(result); ++n) {
    for (std::size_t i = 0; i < columns(result); ++i) {
      for (std::size_t o = 0; o < columns(slopes); ++o) {
        result[n * columns(result) + i] +=
            slopes[n * columns(slopes) + o] * layer.weight[o * columns(result) + i];
      }
    }
  }
  return result;
}

}  // namespace

gradients backward(const mlp& model, const matrix& x, const matrix& y) {
  matrix hidden = forward(model.fc1, x);
  for (float& each : hidden) each = std::tanh(each);
  matrix slopes = forward(model.fc2, hidden);
  const float scale = 2 / static_cast<float>(slopes.size());
  for (std::size_t i = 0; i < slopes.size(); ++i) slopes[i] = scale * (slopes[i] - y[i]);
  matrix hidden_slopes = input_gradient(model.fc2, slopes);
  for (std::size_t i = 0; i < hidden.size(); ++i) hidden_slopes[i] *= 1 - hidden[i] * hidden[i];
  gradients result;
  add_gradients(model.fc1, x, hidden_slopes, result);
  add_gradients(model.fc2, hidden, slopes, result);
  return result;
}
