// SPDX-License-Identifier: Apache-2.0
// Writes the files libtorch_*.pt: see README.md.

#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/optim/adam.h>
#include <torch/serialize.h>

struct net : torch::nn::Module {
  net() {
    register_module("seq",
                    torch::nn::Sequential(torch::nn::Conv2d(1, 2, 3), torch::nn::BatchNorm2d(2)));
    const auto fc = register_module("fc", torch::nn::Linear(2, 2));
    const auto nobias =
        register_module("nobias", torch::nn::Linear(torch::nn::LinearOptions(2, 2).bias(false)));
    nobias->weight.set_data(fc->weight);
    register_parameter("scale", torch::ones({2}));
    register_buffer("steps", torch::tensor({3}, torch::kInt64));
  }
};

int main() {
  torch::manual_seed(0);
  const auto module = std::make_shared<net>();
  torch::save(module, "libtorch_module.pt");
  torch::save(torch::arange(3.0F), "libtorch_tensor.pt");
  torch::save(std::vector<torch::Tensor>{torch::arange(2), torch::ones({1, 2})},
              "libtorch_tensors.pt");
  torch::save(torch::optim::Adam(module->parameters()), "libtorch_adam.pt");
}
