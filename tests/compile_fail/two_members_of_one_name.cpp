// EXPECT: two_members_have_this_name<net,
// EXPECT: "weight"
// EXPECT: give each member a name of its own
// SPDX-License-Identifier: Apache-2.0
#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

struct net {
  ingot::tensor<float> weight, bias;
  static consteval auto describe() {
    return ingot::members(ingot::member<&net::weight>, ingot::member<&net::bias, "weight">);
  }
};

void use(net& model) { ingot::collect(model); }
