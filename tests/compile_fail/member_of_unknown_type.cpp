// EXPECT: this_member_is_neither_tensor_nor_module_nor_list_nor_plain_value<net,
// EXPECT: "stream"
// EXPECT: void
// EXPECT: ingot::skip<T>
// SPDX-License-Identifier: Apache-2.0
#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

struct net {
  ingot::tensor<float> weight;
  void* stream;
};

void use(net& model) { ingot::collect(model); }
