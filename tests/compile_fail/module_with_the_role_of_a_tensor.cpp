// EXPECT: this_member_is_a_module_with_the_role_of_a_tensor<net,
// EXPECT: "frozen"
// EXPECT: write the role at the tensors
// SPDX-License-Identifier: Apache-2.0
#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

struct linear {
  ingot::tensor<float> weight;
};
struct net {
  ingot::buffer<linear> frozen;
};

void use(net& model) { ingot::collect(model); }
