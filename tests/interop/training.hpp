// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ingot/storage/tensor.hpp>

#include "models.hpp"
#include "optimizers.hpp"

/// The gradients of mean((fc2(tanh(fc1(x))) - y)^2), in the order of the parameters.
gradients backward(const mlp& model, const ingot::tensor<float>& x, const ingot::tensor<float>& y);
