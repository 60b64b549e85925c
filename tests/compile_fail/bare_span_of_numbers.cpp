// EXPECT: this_member_may_be_a_tensor_or_plain_numbers<net,
// EXPECT: "window"
// EXPECT: write ingot::parameter<T>, ingot::buffer<T> or ingot::plain<T>
// SPDX-License-Identifier: Apache-2.0
#include <span>

#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

struct net {
  ingot::tensor<float> weight;
  std::span<float> window;
};

void use(net& model) { ingot::collect(model); }
