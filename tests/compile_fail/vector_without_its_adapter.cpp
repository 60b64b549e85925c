// EXPECT: this_member_is_neither_tensor_nor_module_nor_list_nor_plain_value<net,
// EXPECT: "weight"
// EXPECT: include its adapter from ingot/storage/
// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <ingot/model/slots.hpp>
#include <ingot/storage/scalar.hpp>

struct net {
  ingot::parameter<std::vector<float>> weight;
};

void use(net& model) { ingot::collect(model); }
