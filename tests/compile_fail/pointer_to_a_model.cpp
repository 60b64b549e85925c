// EXPECT: this is a pointer to a model: pass the model itself, *pointer
// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

struct net {
  ingot::tensor<float> weight;
};

void use(std::unique_ptr<net>& model) { ingot::collect(model); }
