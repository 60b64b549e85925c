// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <ingot/model/modules.hpp>
#include <ingot/model/parameters.hpp>
#include <ingot/model/slots.hpp>
#include <ingot/storage/scalar.hpp>
#include <ingot/storage/tensor.hpp>

namespace order_test {

// The names below are what PyTorch 2.13 printed for this script:
//
//   import torch
//   from torch import nn
//
//   class Child(nn.Module):
//       _version = 2
//       def __init__(self):
//           super().__init__()
//           self.register_buffer("stat", torch.zeros(1))
//           self.weight = nn.Parameter(torch.zeros(2))
//
//   class Net(nn.Module):
//       def __init__(self):
//           super().__init__()
//           self.first = Child()
//           self.register_buffer("mean", torch.zeros(2))
//           self.w = nn.Parameter(torch.zeros(3))
//           self.layers = nn.ModuleList([Child(), Child()])
//           self.register_buffer("scratch", torch.zeros(2), persistent=False)
//           self.list = nn.ParameterList([torch.zeros(1), torch.zeros(2)])
//           self.b = nn.Parameter(torch.zeros(3))
//           self.none = None
//           self.register_buffer("count", torch.tensor(0))
//           self.seq = nn.Sequential(Child(), nn.ReLU())
//           self.heads = nn.ModuleDict({"a": Child(), "z": Child()})
//           self.tied = nn.Parameter(torch.zeros(1))
//           self.tied_too = self.tied
//           self.again = self.first
//
//   net = Net()
//   print([name for name, _ in net.named_parameters()])
//   print([name for name, _ in net.named_buffers()])
//   print([name for name, _ in net.named_modules()])
//   print(list(net.state_dict()))
//   print([(path, m["version"]) for path, m in net.state_dict()._metadata.items()])
//   print(sum(p.numel() for p in net.parameters()))

namespace {

using ingot::shape;

struct child {
  static constexpr int version = 2;
  ingot::buffer<ingot::tensor<float>> stat{shape{1}};
  ingot::tensor<float> weight{shape{2}};
};
struct relu {};

struct net {
  std::shared_ptr<child> first = std::make_shared<child>();
  ingot::buffer<ingot::tensor<float>> mean{shape{2}};
  ingot::tensor<float> w{shape{3}};
  std::vector<child> layers = std::vector<child>(2);
  ingot::transient<ingot::tensor<float>> scratch{shape{2}};
  std::tuple<ingot::tensor<float>, ingot::tensor<float>> list{shape{1}, shape{2}};
  ingot::tensor<float> b{shape{3}};
  std::unique_ptr<child> none;
  ingot::buffer<std::int64_t> count;
  std::tuple<child, relu> seq;
  std::map<std::string, child> heads{{"z", {}}, {"a", {}}};
  std::shared_ptr<ingot::tensor<float>> tied = std::make_shared<ingot::tensor<float>>(shape{1});
  std::shared_ptr<ingot::tensor<float>> tied_too = tied;
  std::shared_ptr<child> again = first;
};

using names = std::vector<std::string>;

template <class Entries>
names names_of(const Entries& entries) {
  names result;
  for (const auto& entry : entries) result.push_back(entry.name);
  return result;
}

TEST_CASE("parameters are listed in PyTorch's order, a tied one once") {
  const net model;
  CHECK(names_of(ingot::named_parameters(model)) ==
        names{"w", "b", "tied", "first.weight", "layers.0.weight", "layers.1.weight", "list.0",
              "list.1", "seq.0.weight", "heads.a.weight", "heads.z.weight"});
  CHECK(ingot::parameter_count(model) == 22);
}

TEST_CASE("buffers are listed in PyTorch's order, those that aren't stored too") {
  const net model;
  CHECK(names_of(ingot::named_buffers(model)) ==
        names{"mean", "scratch", "count", "first.stat", "layers.0.stat", "layers.1.stat",
              "seq.0.stat", "heads.a.stat", "heads.z.stat"});
}

TEST_CASE("modules are listed in PyTorch's order, a shared one once") {
  const net model;
  CHECK(names_of(ingot::named_modules(model)) == names{"", "first", "layers", "layers.0",
                                                       "layers.1", "list", "seq", "seq.0", "seq.1",
                                                       "heads", "heads.a", "heads.z"});
}

TEST_CASE("slots without the transients are state_dict's order, with each name of a tie") {
  net model;
  names stored;
  for (const auto& entry : ingot::collect(model)) {
    if (entry.kind != ingot::role::transient) stored.push_back(entry.name);
  }
  CHECK(stored == names{"w",
                        "b",
                        "tied",
                        "tied_too",
                        "mean",
                        "count",
                        "first.weight",
                        "first.stat",
                        "layers.0.weight",
                        "layers.0.stat",
                        "layers.1.weight",
                        "layers.1.stat",
                        "list.0",
                        "list.1",
                        "seq.0.weight",
                        "seq.0.stat",
                        "heads.a.weight",
                        "heads.a.stat",
                        "heads.z.weight",
                        "heads.z.stat",
                        "again.weight",
                        "again.stat"});
}

TEST_CASE("versions are listed for each name of a module, as in _metadata") {
  const net model;
  std::vector<std::pair<std::string, int>> versions;
  for (const auto& entry : ingot::collect_modules(model)) {
    versions.emplace_back(entry.name, entry.version);
  }
  CHECK(versions == std::vector<std::pair<std::string, int>>{{"", 1},
                                                             {"first", 2},
                                                             {"layers", 1},
                                                             {"layers.0", 2},
                                                             {"layers.1", 2},
                                                             {"list", 1},
                                                             {"seq", 1},
                                                             {"seq.0", 2},
                                                             {"seq.1", 1},
                                                             {"heads", 1},
                                                             {"heads.a", 2},
                                                             {"heads.z", 2},
                                                             {"again", 2}});
}

}  // namespace

}  // namespace order_test
