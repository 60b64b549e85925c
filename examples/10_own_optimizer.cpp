// SPDX-License-Identifier: Apache-2.0
// An Adam of one's own, with parameter groups, in the file as torch.optim.Adam has it.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <vector>

#include <ingot/ingot.hpp>

struct linear {
  ingot::tensor<float> weight{{2, 3}}, bias{{2}};
};

struct adam_group {
  std::vector<ingot::tensor<float>*> params;
  double lr = 0.001, weight_decay = 0;
  std::array<double, 2> betas{0.9, 0.999};
};

struct adam {
  std::vector<adam_group> groups;
  double eps = 1e-8;
  std::vector<float> step{};  // one a parameter, over all groups
  std::vector<ingot::tensor<float>> exp_avg{}, exp_avg_sq{};

  static consteval auto describe() {
    return ingot::optimizer(
        ingot::adam_layout, ingot::param_groups<&adam::groups>, ingot::params<&adam_group::params>,
        ingot::hyper<"lr", &adam_group::lr>, ingot::hyper<"betas", &adam_group::betas>,
        ingot::hyper<"eps", &adam::eps>, ingot::hyper<"weight_decay", &adam_group::weight_decay>,
        ingot::slot<"step", &adam::step>, ingot::slot<"exp_avg", &adam::exp_avg>,
        ingot::slot<"exp_avg_sq", &adam::exp_avg_sq>);
  }
};

int main() {
  linear model;
  adam optimizer{.groups = {{.params = {&model.weight}, .weight_decay = 0.1},
                            {.params = {&model.bias}, .lr = 0.01}}};
  for (const auto& group : optimizer.groups) {  // as after 100 steps
    optimizer.step.push_back(100);
    optimizer.exp_avg.emplace_back(group.params[0]->shape());
    std::ranges::fill(optimizer.exp_avg_sq.emplace_back(group.params[0]->shape()), 0.5f);
  }

  // Python: optimizer.load_state_dict(torch.load("optimizer.pt"))
  ingot::save(optimizer, "optimizer.pt");

  const auto state = ingot::open("optimizer.pt");
  std::cout << ingot::dict(state["param_groups"][0]) << "state of parameter 1:\n"
            << ingot::dict(state["state"][1]);

  adam again{.groups = {{.params = {&model.weight}}, {.params = {&model.bias}}}};
  ingot::load_state_dict(again, state);

  const bool right = again.groups[0].weight_decay == 0.1 && again.groups[1].lr == 0.01 &&
                     again.step == optimizer.step && again.exp_avg_sq[1][1] == 0.5f &&
                     state["state"][1]["step"].as<float>() == 100;
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
