// EXPECT: an optimizer's parameters aren't described: add ingot::params
// SPDX-License-Identifier: Apache-2.0
#include <ingot/state/optimizer.hpp>

struct sgd {
  double lr = 0.1;

  static consteval auto describe() {
    return ingot::optimizer(ingot::sgd_layout, ingot::hyper<"lr", &sgd::lr>);
  }
};

void use(const sgd& optimizer) { ingot::state_dict(optimizer); }
