// EXPECT: this_class_has_a_base_with_members<net>
// EXPECT: make the base a member, or specialise ingot::describe<T>
// SPDX-License-Identifier: Apache-2.0
#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

struct linear {
  ingot::tensor<float> weight;
};
struct net : linear {
  ingot::tensor<float> bias;
};

void use(net& model) { ingot::collect(model); }
