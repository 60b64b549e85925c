// EXPECT: this_class_has_undescribed_bytes<net,
// EXPECT: or add ingot::partial
// SPDX-License-Identifier: Apache-2.0
#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

class net {
 public:
  static consteval auto describe() { return ingot::members(ingot::member<&net::weight_>); }

 private:
  ingot::tensor<float> weight_, bias_;
};

void use(net& model) { ingot::collect(model); }
