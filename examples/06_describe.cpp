// SPDX-License-Identifier: Apache-2.0
// Three ways to say what a module holds: nothing at all, a descriptor inside, one from outside.
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <ingot/ingot.hpp>

// 1. An aggregate: names and roles come from its members.
struct batch_norm {
  ingot::tensor<float> weight{{4}}, bias{{4}};                        // parameters
  ingot::buffer<ingot::tensor<float>> running_mean{ingot::shape{4}};  // stored, not trained
  ingot::buffer<std::int64_t> num_batches_tracked;                    // 0-d
  ingot::transient<ingot::tensor<float>> scratch;                     // never stored
  float eps = 1e-5f;                                                  // a plain value: not state
  bool training = true;                                               // what train() and eval() set
};

// 2. A class with private members: describe() inside it.
class attention {
 public:
  explicit attention(std::int64_t width) : query_({width, width}), heads_(2) {}

  static consteval auto describe() {
    return ingot::members(ingot::member<&attention::query_, "q_proj">,
                          ingot::plain_member<&attention::heads_>);
  }

 private:
  ingot::tensor<float> query_;
  int heads_;
};

// 3. Somebody else's class: a specialisation of ingot::describe.
namespace vendor {
struct conv2d {
  ingot::tensor<float> kernel_{{2, 1, 3, 3}};
  ingot::tensor<float> bias_{{2}};
  void* handle_ = nullptr;
};
}  // namespace vendor
template <>
inline constexpr auto ingot::describe<vendor::conv2d> = ingot::members(
    ingot::member<&vendor::conv2d::kernel_, "weight">,
    ingot::member<&vendor::conv2d::bias_, "bias">, ingot::skip_member<&vendor::conv2d::handle_>);

// nn.Sequential is a tuple; layers without state are empty classes.
struct relu {};
using sequential = std::tuple<batch_norm, relu, attention>;

struct net {
  vendor::conv2d conv;
  batch_norm norm;
  std::vector<attention> layers;
};

int main() {
  net model;
  model.layers.assign(2, attention(4));
  const auto state = ingot::state_dict(model);
  std::cout << state;

  std::vector<std::string> names;
  for (const auto& [name, tensor] : state) names.push_back(name.text());
  const std::vector<std::string> expected{"conv.weight",       "conv.bias",
                                          "norm.weight",       "norm.bias",
                                          "norm.running_mean", "norm.num_batches_tracked",
                                          "layers.0.q_proj",   "layers.1.q_proj"};
  // A model may be nothing but such a tuple.
  const sequential whole{{}, {}, attention(4)};
  const bool numbered = ingot::state_dict(whole).contains("2.q_proj");

  ingot::eval(model);  // before inference, as in PyTorch; ingot::train(model) goes back
  return names == expected && numbered && !model.norm.training ? EXIT_SUCCESS : EXIT_FAILURE;
}
