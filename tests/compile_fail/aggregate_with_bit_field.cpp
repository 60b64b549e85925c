// EXPECT: this_class_has_a_bit_field<net>
// EXPECT: write bool or int, or specialise ingot::describe<T>
// SPDX-License-Identifier: Apache-2.0
#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

struct net {
  ingot::tensor<float> weight;
  bool training : 1;
};

void use(net& model) { ingot::collect(model); }
