// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include <ingot/ingot.hpp>

// The same modules as in models_test.py, with PyTorch's names. Tensors without a shape take the
// file's.

struct linear {
  ingot::tensor<float> weight, bias;
};

struct mlp {
  linear fc1{ingot::tensor<float>({8, 4}), ingot::tensor<float>({8})};
  linear fc2{ingot::tensor<float>({3, 8}), ingot::tensor<float>({3})};
};

struct tanh_layer {};
using sequential = std::tuple<linear, tanh_layer, linear>;

struct conv2d {
  ingot::tensor<float> weight, bias;
};

struct batch_norm {
  ingot::tensor<float> weight, bias;
  ingot::buffer<ingot::tensor<float>> running_mean, running_var;
  ingot::buffer<std::int64_t> num_batches_tracked;

  static consteval auto describe() {
    return ingot::members(ingot::member<&batch_norm::weight>, ingot::member<&batch_norm::bias>,
                          ingot::member<&batch_norm::running_mean>,
                          ingot::member<&batch_norm::running_var>,
                          ingot::member<&batch_norm::num_batches_tracked>, ingot::version<2>);
  }
};

struct cnn {
  conv2d conv1;
  batch_norm bn1;
  linear fc;
};

struct self_attention {
  ingot::tensor<float> in_proj_weight, in_proj_bias;
  linear out_proj;
};

struct layer_norm {
  ingot::tensor<float> weight, bias;
};

struct encoder_layer {
  self_attention self_attn;
  linear linear1, linear2;
  layer_norm norm1, norm2;
};

struct transformer {
  std::vector<encoder_layer> layers;
};

struct embedding {
  ingot::tensor<float> weight;
};

struct headless_linear {
  ingot::tensor<float> weight;
};

struct language_model {
  embedding wte;
  headless_linear lm_head;

  static consteval auto describe() {
    return ingot::members(ingot::member<&language_model::wte>,
                          ingot::member<&language_model::lm_head>,
                          ingot::tied<"wte.weight", "lm_head.weight">);
  }
};
