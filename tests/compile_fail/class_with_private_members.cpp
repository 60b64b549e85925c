// EXPECT: this_class_is_neither_described_nor_an_aggregate<net>
// EXPECT: write a public static consteval auto describe() inside it
// SPDX-License-Identifier: Apache-2.0
#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>

class net {
 public:
  ingot::tensor<float> weight;

 private:
  ingot::tensor<float> bias_;
};

void use(net& model) { ingot::collect(model); }
