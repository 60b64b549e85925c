// EXPECT: this_member_has_another_size_than_its_shape<net,
// EXPECT: "weight"
// EXPECT: std::array<float, 49
// EXPECT: correct ingot::shaped<...>
// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <ingot/model/slots.hpp>
#include <ingot/storage/std_array.hpp>

struct net {
  std::array<float, 49> weight;
  static consteval auto describe() {
    return ingot::members(ingot::parameter_member<&net::weight, "weight", ingot::shaped<10, 5>>);
  }
};

void use(net& model) { ingot::collect(model); }
