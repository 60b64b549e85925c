// EXPECT: this_member_is_neither_tensor_nor_module_nor_list_nor_plain_value<net,
// EXPECT: "data"
// EXPECT: float
// SPDX-License-Identifier: Apache-2.0
#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

class net {
 public:
  static consteval auto describe() {
    return ingot::members(ingot::parameter_member<&net::data_, "data">);
  }

 private:
  float* data_;
};

void use(net& model) { ingot::collect(model); }
