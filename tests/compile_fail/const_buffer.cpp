// EXPECT: this_member_is_neither_tensor_nor_module_nor_list_nor_plain_value<net,
// EXPECT: "running_mean"
// EXPECT: const ingot::with_role<ingot::tensor<float
// SPDX-License-Identifier: Apache-2.0
#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

struct net {
  const ingot::buffer<ingot::tensor<float>> running_mean;
};

void use(net& model) { ingot::collect(model); }
