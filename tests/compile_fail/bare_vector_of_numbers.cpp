// EXPECT: this_member_may_be_a_tensor_or_plain_numbers<net,
// EXPECT: "history"
// EXPECT: write ingot::parameter<T>, ingot::buffer<T> or ingot::plain<T>
// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <ingot/model/slots.hpp>
#include <ingot/storage/std_vector.hpp>
#include <ingot/storage/tensor.hpp>

struct net {
  ingot::tensor<float> weight;
  std::vector<float> history;
};

void use(net& model) { ingot::collect(model); }
