// EXPECT: after instantiation
// SPDX-License-Identifier: Apache-2.0
#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

struct net {
  ingot::tensor<float> weight;
};
void use(net& model) { ingot::collect(model); }
template <>
inline constexpr auto ingot::describe<net> = ingot::members(ingot::member<&net::weight, "w">);
