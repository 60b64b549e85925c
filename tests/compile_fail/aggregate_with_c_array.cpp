// EXPECT: this_class_has_a_C_array<net>
// EXPECT: write std::array
// SPDX-License-Identifier: Apache-2.0
#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

struct net {
  ingot::tensor<float> weight;
  int stride[2];
};

void use(net& model) { ingot::collect(model); }
