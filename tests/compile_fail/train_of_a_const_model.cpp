// EXPECT: no matching function for call to
// SPDX-License-Identifier: Apache-2.0
#include <ingot/model/training.hpp>

struct net {
  bool training = true;
};

void use(const net& model) { ingot::train(model); }
