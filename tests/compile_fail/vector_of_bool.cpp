// EXPECT: this_member_is_a_vector_of_bool<net,
// EXPECT: "mask"
// EXPECT: write ingot::tensor<bool>
// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <ingot/model/slots.hpp>
#include <ingot/storage/std_vector.hpp>

struct net {
  ingot::buffer<std::vector<bool>> mask;
};

void use(net& model) { ingot::collect(model); }
