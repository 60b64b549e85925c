// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <ingot/storage/tensor.hpp>

// The layers that the demo trains, in plain loops: forward gives the output, backward turns the
// gradient of the output into the gradients of the layer and of the input. Ingot does no maths.
namespace demo {

using tensor = ingot::tensor<float>;

/// A convolution without padding, stride 1: weight [outputs, inputs, height, width].
struct conv2d {
  tensor weight, bias;
};

/// y = x W^T + b: weight [outputs, inputs].
struct linear {
  tensor weight, bias;
};

/// The extent of one dimension, as the unsigned number that indexes are.
inline std::size_t extent(const tensor& of, std::size_t dimension) {
  return static_cast<std::size_t>(of.shape()[dimension]);
}

/// Calls visit(output, input, weight) with the places of all products that the convolution sums.
template <class Visit>
void for_each_product(const tensor& output, const tensor& input, const tensor& weight,
                      Visit visit) {
  const std::size_t channels = extent(input, 1), height = extent(input, 2),
                    width = extent(input, 3);
  const std::size_t outputs = extent(output, 1), rows = extent(output, 2),
                    columns = extent(output, 3);
  const std::size_t kernel_height = extent(weight, 2), kernel_width = extent(weight, 3);
  std::size_t out = 0;
  for (std::size_t n = 0; n < extent(output, 0); ++n)
    for (std::size_t o = 0; o < outputs; ++o)
      for (std::size_t y = 0; y < rows; ++y)
        for (std::size_t x = 0; x < columns; ++x, ++out)
          for (std::size_t c = 0; c < channels; ++c)
            for (std::size_t i = 0; i < kernel_height; ++i) {
              const std::size_t in = ((n * channels + c) * height + y + i) * width + x;
              const std::size_t w = ((o * channels + c) * kernel_height + i) * kernel_width;
              for (std::size_t j = 0; j < kernel_width; ++j) visit(out, in + j, w + j);
            }
}

/// input [batch, channels, height, width].
inline tensor forward(const conv2d& layer, const tensor& input) {
  const auto& kernel = layer.weight.shape();
  tensor output({input.shape()[0], kernel[0], input.shape()[2] - kernel[2] + 1,
                 input.shape()[3] - kernel[3] + 1});
  const std::size_t plane = extent(output, 2) * extent(output, 3);
  for (std::size_t i = 0; i < output.size(); ++i) {
    output[i] = layer.bias[i / plane % layer.bias.size()];
  }
  for_each_product(output, input, layer.weight,
                   [&](auto out, auto in, auto w) { output[out] += input[in] * layer.weight[w]; });
  return output;
}

/// Fills `gradient`; returns the gradient of the input.
inline tensor backward(const conv2d& layer, const tensor& input, const tensor& output_gradient,
                       conv2d& gradient) {
  gradient = {tensor(layer.weight.shape()), tensor(layer.bias.shape())};
  const std::size_t plane = extent(output_gradient, 2) * extent(output_gradient, 3);
  for (std::size_t i = 0; i < output_gradient.size(); ++i) {
    gradient.bias[i / plane % gradient.bias.size()] += output_gradient[i];
  }
  tensor input_gradient(input.shape());
  for_each_product(output_gradient, input, layer.weight, [&](auto out, auto in, auto w) {
    gradient.weight[w] += output_gradient[out] * input[in];
    input_gradient[in] += output_gradient[out] * layer.weight[w];
  });
  return input_gradient;
}

/// input [batch, ...]: everything after the batch is taken as one row.
inline tensor forward(const linear& layer, const tensor& input) {
  const std::size_t batch = extent(input, 0), inputs = extent(layer.weight, 1);
  const std::size_t outputs = extent(layer.weight, 0);
  tensor output({input.shape()[0], layer.weight.shape()[0]});
  for (std::size_t n = 0; n < batch; ++n)
    for (std::size_t o = 0; o < outputs; ++o) {
      float sum = layer.bias[o];
      for (std::size_t i = 0; i < inputs; ++i) {
        sum += input[n * inputs + i] * layer.weight[o * inputs + i];
      }
      output[n * outputs + o] = sum;
    }
  return output;
}

/// Fills `gradient`; returns the gradient of the input.
inline tensor backward(const linear& layer, const tensor& input, const tensor& output_gradient,
                       linear& gradient) {
  gradient = {tensor(layer.weight.shape()), tensor(layer.bias.shape())};
  const std::size_t inputs = extent(layer.weight, 1), outputs = extent(layer.weight, 0);
  tensor input_gradient(input.shape());
  for (std::size_t n = 0; n < extent(input, 0); ++n)
    for (std::size_t o = 0; o < outputs; ++o) {
      const float error = output_gradient[n * outputs + o];
      gradient.bias[o] += error;
      for (std::size_t i = 0; i < inputs; ++i) {
        gradient.weight[o * inputs + i] += error * input[n * inputs + i];
        input_gradient[n * inputs + i] += error * layer.weight[o * inputs + i];
      }
    }
  return input_gradient;
}

inline tensor relu(tensor values) {
  for (float& value : values) value = value > 0 ? value : 0;
  return values;
}

/// `output` is what relu gave.
inline tensor relu_backward(const tensor& output, tensor gradient) {
  for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] = output[i] > 0 ? gradient[i] : 0;
  return gradient;
}

/// Calls visit(output, input) with the place of each 2x2 window's result and of its largest value.
template <class Visit>
void for_each_maximum(const tensor& input, Visit visit) {
  const std::size_t width = extent(input, 3), rows = extent(input, 2) / 2, columns = width / 2;
  std::size_t out = 0;
  for (std::size_t plane = 0; plane < extent(input, 0) * extent(input, 1); ++plane)
    for (std::size_t y = 0; y < rows; ++y)
      for (std::size_t x = 0; x < columns; ++x, ++out) {
        const std::size_t corner = (plane * extent(input, 2) + 2 * y) * width + 2 * x;
        std::size_t best = corner;
        for (const std::size_t i : {corner + 1, corner + width, corner + width + 1}) {
          if (input[i] > input[best]) best = i;
        }
        visit(out, best);
      }
}

/// The largest value of each 2x2 window.
inline tensor max_pool2d(const tensor& input) {
  tensor output({input.shape()[0], input.shape()[1], input.shape()[2] / 2, input.shape()[3] / 2});
  for_each_maximum(input, [&](auto out, auto in) { output[out] = input[in]; });
  return output;
}

inline tensor max_pool2d_backward(const tensor& input, const tensor& output_gradient) {
  tensor gradient(input.shape());
  for_each_maximum(input, [&](auto out, auto in) { gradient[in] += output_gradient[out]; });
  return gradient;
}

/// The mean cross-entropy of softmax(logits) [batch, classes], and its gradient by the logits.
inline std::pair<double, tensor> cross_entropy(const tensor& logits, const std::int64_t* labels) {
  const std::size_t batch = extent(logits, 0), classes = extent(logits, 1);
  double loss = 0;
  tensor gradient(logits.shape());
  for (std::size_t n = 0; n < batch; ++n) {
    const float* row = logits.data() + n * classes;
    const auto label = static_cast<std::size_t>(labels[n]);
    double sum = 0;
    for (std::size_t i = 0; i < classes; ++i) sum += std::exp(static_cast<double>(row[i]));
    loss += (std::log(sum) - row[label]) / static_cast<double>(batch);
    for (std::size_t i = 0; i < classes; ++i) {
      const double probability = std::exp(static_cast<double>(row[i])) / sum;
      gradient[n * classes + i] =
          static_cast<float>((probability - (i == label ? 1 : 0)) / static_cast<double>(batch));
    }
  }
  return {loss, std::move(gradient)};
}

}  // namespace demo
