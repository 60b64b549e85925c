// EXPECT: this_member_is_neither_tensor_nor_module_nor_list_nor_plain_value<net,
// EXPECT: "head"
// EXPECT: for a module specialise ingot::describe<T>
// SPDX-License-Identifier: Apache-2.0
#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

class linear {
  ingot::tensor<float> weight_;
};
struct net {
  linear head;
};

void use(net& model) { ingot::collect(model); }
