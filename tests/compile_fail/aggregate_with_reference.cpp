// EXPECT: the_members_of_this_class_cannot_be_counted<net>
// EXPECT: specialise ingot::describe<T>
// SPDX-License-Identifier: Apache-2.0
#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

struct net {
  ingot::tensor<float>& weight;
};

void use(net& model) { ingot::collect(model); }
