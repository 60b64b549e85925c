// EXPECT: this_name_cannot_be_part_of_a_path<net,
// EXPECT: "head.weight"
// EXPECT: without a dot
// SPDX-License-Identifier: Apache-2.0
#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

struct net {
  ingot::tensor<float> weight;
  static consteval auto describe() {
    return ingot::members(ingot::member<&net::weight, "head.weight">);
  }
};

void use(net& model) { ingot::collect(model); }
