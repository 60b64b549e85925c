// EXPECT: this_member_is_neither_tensor_nor_module_nor_list_nor_plain_value<net,
// EXPECT: "callbacks"
// EXPECT: ingot::skip<T>
// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <vector>

#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

struct net {
  ingot::tensor<float> weight;
  std::vector<std::function<void()>> callbacks;
};

void use(net& model) { ingot::collect(model); }
