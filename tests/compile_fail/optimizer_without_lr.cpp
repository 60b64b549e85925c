// EXPECT: PyTorch's optimizer has a hyper-parameter without a default
// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <ingot/state/optimizer.hpp>

struct sgd {
  std::vector<ingot::tensor<float>*> params;

  static consteval auto describe() {
    return ingot::optimizer(ingot::sgd_layout, ingot::params<&sgd::params>);
  }
};

void use(const sgd& optimizer) { ingot::state_dict(optimizer); }
