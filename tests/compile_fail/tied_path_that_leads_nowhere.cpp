// EXPECT: this_path_does_not_lead_to_a_tensor<net,
// EXPECT: "wte.weights"
// EXPECT: write the names as state_dict lists them
// SPDX-License-Identifier: Apache-2.0
#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

struct linear {
  ingot::tensor<float> weight;
};
struct net {
  linear wte, lm_head;
  static constexpr auto tied = ingot::tied<"lm_head.weight", "wte.weights">;
};

void use(net& model) { ingot::collect(model); }
