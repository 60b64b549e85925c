// EXPECT: this_class_inherits_describe_from_its_base<net, linear>
// EXPECT: write describe() in this class
// SPDX-License-Identifier: Apache-2.0
#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

struct linear {
  ingot::tensor<float> weight;
  static consteval auto describe() { return ingot::members(ingot::member<&linear::weight>); }
};
struct net : linear {
  ingot::tensor<float> bias;
};

void use(net& model) { ingot::collect(model); }
