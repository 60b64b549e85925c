// EXPECT: this_member_is_neither_tensor_nor_module_nor_list_nor_plain_value<net,
// EXPECT: "weight"
// EXPECT: const ingot::tensor<float
// SPDX-License-Identifier: Apache-2.0
#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

struct net {
  const ingot::tensor<float> weight;
};

void use(net& model) { ingot::collect(model); }
