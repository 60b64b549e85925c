// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include <ingot/ingot.hpp>

// The states that are saved and loaded, as plain structs whose members' names are the file's.
namespace bench {

using tensor = ingot::tensor<float>;

struct convolution {
  tensor weight;
};

struct linear {
  tensor weight, bias;
};

struct batch_norm {
  tensor weight, bias;
  ingot::buffer<tensor> running_mean, running_var;
  ingot::buffer<std::int64_t> num_batches_tracked;
};

/// The network of PyTorch's tutorials and of the demo: 62,006 parameters in 10 tensors.
struct demo_model {
  static constexpr std::string_view name = "demo";
  linear conv1, conv2, fc1, fc2, fc3;  // a convolution with a bias has a linear layer's members
};

struct bottleneck {
  convolution conv1;
  batch_norm bn1;
  convolution conv2;
  batch_norm bn2;
  convolution conv3;
  batch_norm bn3;
  std::optional<std::tuple<convolution, batch_norm>> downsample;
};

/// ResNet-50 as torchvision names it: 320 tensors, 102 MB.
struct resnet50 {
  static constexpr std::string_view name = "resnet50";
  convolution conv1;
  batch_norm bn1;
  std::vector<bottleneck> layer1, layer2, layer3, layer4;
  linear fc;
};

/// What costs by the tensor and not by the byte: 100,000 tensors of 64 floats.
struct many_tensors {
  static constexpr std::string_view name = "tensors";
  std::vector<tensor> tensors;
};

/// Builds models: with tensors of the right shapes, or as a load finds them, with tensors that
/// wait for a file's shape.
struct builder {
  bool shaped;

  tensor make(const ingot::shape& extents) const { return shaped ? tensor(extents) : tensor(); }

  convolution conv(std::int64_t outputs, std::int64_t inputs, std::int64_t kernel) const {
    return {make({outputs, inputs, kernel, kernel})};
  }
  linear biased(const ingot::shape& weight) const { return {make(weight), make({weight[0]})}; }
  batch_norm norm(std::int64_t size) const {
    return {make({size}), make({size}), make({size}), make({size}), 0};
  }

  bottleneck block(std::int64_t inputs, std::int64_t width, bool first) const {
    const std::int64_t outputs = 4 * width;
    bottleneck result{conv(width, inputs, 1),  norm(width),   conv(width, width, 3), norm(width),
                      conv(outputs, width, 1), norm(outputs), std::nullopt};
    if (first) result.downsample.emplace(conv(outputs, inputs, 1), norm(outputs));
    return result;
  }
  std::vector<bottleneck> layer(std::int64_t inputs, std::int64_t width, std::size_t blocks) const {
    std::vector<bottleneck> result;
    result.reserve(blocks);
    for (std::size_t i = 0; i < blocks; ++i) {
      result.push_back(block(i == 0 ? inputs : 4 * width, width, i == 0));
    }
    return result;
  }

  void build(demo_model& model) const {
    model = {biased({6, 3, 5, 5}), biased({16, 6, 5, 5}), biased({120, 400}), biased({84, 120}),
             biased({10, 84})};
  }
  void build(resnet50& model) const {
    model = {conv(64, 3, 7),      norm(64),           layer(64, 64, 3),
             layer(256, 128, 4),  layer(512, 256, 6), layer(1024, 512, 3),
             biased({1000, 2048})};
  }
  void build(many_tensors& model) const {
    model.tensors.clear();
    model.tensors.reserve(100'000);
    for (int i = 0; i < 100'000; ++i) model.tensors.push_back(make({64}));
  }
};

/// A model without data, as a program has it before it loads a file.
template <class Model>
Model unloaded() {
  Model model;
  builder{false}.build(model);
  return model;
}

/// A model whose bytes differ.
template <class Model>
Model filled() {
  Model model;
  builder{true}.build(model);
  float next = 0;
  for (auto& [name, view] : ingot::named_parameters(model)) {
    auto* numbers = reinterpret_cast<float*>(view.data());
    for (std::int64_t i = 0; i < view.numel(); ++i) numbers[i] = next += 1;
  }
  return model;
}

/// Calls `use` with the filled model of that name; returns whether there is one.
template <class Use>
bool with_workload(std::string_view name, Use use) {
  const auto with = [&]<class Model>(std::type_identity<Model>) {
    if (name != Model::name) return false;
    use(filled<Model>());
    return true;
  };
  return with(std::type_identity<demo_model>{}) || with(std::type_identity<resnet50>{}) ||
         with(std::type_identity<many_tensors>{});
}

}  // namespace bench
