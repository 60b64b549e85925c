// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include "layers.hpp"

namespace demo {

/// The network of PyTorch's tutorials, as a plain struct: its members' names are the file's names.
struct the_model_class {
  conv2d conv1;
  conv2d conv2;
  linear fc1, fc2, fc3;
};

/// What a pass through the network leaves behind for the way back.
struct activations {
  tensor images;        ///< [batch, 3, 32, 32]
  tensor conv1, pool1;  ///< [batch, 6, 28, 28] and [batch, 6, 14, 14]
  tensor conv2, pool2;  ///< [batch, 16, 10, 10] and [batch, 16, 5, 5]
  tensor fc1, fc2;      ///< [batch, 120] and [batch, 84]
  tensor logits;        ///< [batch, 10]
};

inline activations forward(const the_model_class& net, tensor images) {
  activations a;
  a.images = std::move(images);
  a.conv1 = relu(forward(net.conv1, a.images));
  a.pool1 = max_pool2d(a.conv1);
  a.conv2 = relu(forward(net.conv2, a.pool1));
  a.pool2 = max_pool2d(a.conv2);
  a.fc1 = relu(forward(net.fc1, a.pool2));
  a.fc2 = relu(forward(net.fc2, a.fc1));
  a.logits = forward(net.fc3, a.fc2);
  return a;
}

/// The gradients of all parameters: a network of the same shapes.
inline the_model_class backward(const the_model_class& net, const activations& a,
                                const tensor& logits_gradient) {
  the_model_class gradient;
  tensor g = backward(net.fc3, a.fc2, logits_gradient, gradient.fc3);
  g = backward(net.fc2, a.fc1, relu_backward(a.fc2, g), gradient.fc2);
  g = backward(net.fc1, a.pool2, relu_backward(a.fc1, g), gradient.fc1);
  g = max_pool2d_backward(a.conv2, g);
  g = backward(net.conv2, a.pool1, relu_backward(a.conv2, g), gradient.conv2);
  g = max_pool2d_backward(a.conv1, g);
  backward(net.conv1, a.images, relu_backward(a.conv1, g), gradient.conv1);
  return gradient;
}

/// The parameters in the order of their declaration, which is PyTorch's.
inline std::vector<tensor*> parameters(the_model_class& net) {
  return {&net.conv1.weight, &net.conv1.bias, &net.conv2.weight, &net.conv2.bias, &net.fc1.weight,
          &net.fc1.bias,     &net.fc2.weight, &net.fc2.bias,     &net.fc3.weight, &net.fc3.bias};
}

}  // namespace demo
