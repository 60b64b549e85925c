// SPDX-License-Identifier: Apache-2.0
// What the interop tests need a C++ program for. Each mode is one function below.
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ingot/ingot.hpp>
#include <ingot/state/cast.hpp>

#include "json.hpp"
#include "models.hpp"
#include "optimizers.hpp"
#include "random_tree.hpp"
#include "read_each.hpp"
#include "safetensors.hpp"
#include "training.hpp"

namespace {

using arguments = std::vector<std::string>;

/// random SEED COUNT OUT torch|all: saves random trees and prints them as JSON.
void write_random_trees(const arguments& given) {
  const kinds which = given.at(3) == "all" ? kinds::all : kinds::torch;
  const ingot::value trees = random_trees(std::stoull(given.at(0)), std::stoul(given.at(1)), which);
  ingot::save(trees, given.at(2));
  ingot::tools::write_json(std::cout, trees, {.digest = true});
}

ingot::tensor_data converted(const ingot::tensor_data& from, ingot::dtype type) {
  const auto count = static_cast<std::size_t>(ingot::element_count(from.shape).value_or(0));
  std::vector<std::byte> read(count * ingot::size_of(from.type));
  ingot::read_tensor(from, ingot::tensor_view(read.data(), from.type, from.shape));
  const auto block = std::make_shared<std::vector<std::byte>>(count * ingot::size_of(type));
  ingot::cast_elements(read.data(), from.type, block->data(), type, count);
  ingot::tensor_data result = from;
  result.type = type;
  result.strides = ingot::contiguous_strides(from.shape);
  result.bytes = std::make_shared<const ingot::storage>(block->data(), block->size(),
                                                        ingot::host_space, block);
  return result;
}

/// dtypes: the table of PyTorch's dtypes, a row a line, its columns by tabs.
void print_dtypes(const arguments&) {
  for (const ingot::dtype_info& row : ingot::dtype_table) {
    if (!row.in_torch) continue;
    std::cout << row.name << '\t' << int{row.size} << '\t' << int{row.swap} << '\t' << row.storage
              << '\t' << row.safetensors << '\t' << row.numpy << '\t' << int{row.pt2} << '\n';
  }
}

/// cast IN OUT: each tensor of a dict in every dtype that it can be cast to, as "name>dtype".
void cast_all(const arguments& given) {
  std::vector<ingot::value::pair> results;
  for (const auto& [name, tensor] : ingot::dict(ingot::open(given.at(0)))) {
    for (const ingot::dtype_info& row : ingot::dtype_table) {
      if (!ingot::can_cast(tensor.type(), row.type)) continue;
      results.emplace_back(name.text() + '>' + std::string(row.name),
                           converted(tensor.tensor(), row.type));
    }
  }
  ingot::save(ingot::value::make_mapping(ingot::kind::dict, std::move(results)), given.at(1));
}

/// Calls use(model) with a default-constructed model of that kind.
template <class Use>
void with_model(const std::string& kind, Use use) {
  if (kind == "mlp") return use(mlp{});
  if (kind == "cnn") return use(cnn{});
  if (kind == "sequential") return use(sequential{});
  if (kind == "language_model") return use(language_model{});
  if (kind == "transformer") {
    transformer model;
    model.layers.resize(2);
    return use(std::move(model));
  }
  throw std::invalid_argument("no model " + kind);
}

/// model KIND IN OUT plain|metadata: loads strictly, saves again.
void copy_model(const arguments& given) {
  with_model(given.at(0), [&](auto model) {
    ingot::load(model, given.at(1));
    ingot::save(ingot::state_dict(model, {.metadata = given.at(3) == "metadata"}), given.at(2));
  });
}

/// state IN OUT [KEY...]: saves the state_dict of the entire module under the keys.
void write_state(const arguments& given) {
  ingot::entry module = ingot::open(given.at(0));
  for (std::size_t i = 2; i < given.size(); ++i) module = module[given[i]];
  ingot::save(ingot::state_dict(module), given.at(1));
}

/// report KIND IN: loads without being strict and prints the report.
void report_load(const arguments& given) {
  with_model(given.at(0), [&](auto model) {
    std::cout << ingot::load(model, given.at(1), {.strict = false, .skip_mismatched = true});
  });
}

ingot::tensor<float> read_matrix(const ingot::entry& checkpoint, const char* key) {
  return checkpoint[key].as<ingot::tensor<float>>();
}

/// Loads a checkpoint, trains on, and saves it again.
template <class Optimizer>
void resume(const arguments& given, bool split, int steps) {
  const ingot::entry checkpoint = ingot::open(given.at(1));
  mlp model;
  ingot::load_state_dict(model, checkpoint["model"]);
  Optimizer optimizer;
  if (split) {
    optimizer.groups.resize(2);
    optimizer.groups[0].params = {&model.fc1.weight, &model.fc1.bias};
    optimizer.groups[1].params = {&model.fc2.weight, &model.fc2.bias};
  } else {
    optimizer.groups.resize(1);
    optimizer.groups[0].params = {&model.fc1.weight, &model.fc1.bias, &model.fc2.weight,
                                  &model.fc2.bias};
  }
  ingot::load_state_dict(optimizer, checkpoint["optimizer"]);
  const auto x = read_matrix(checkpoint, "x");
  const auto y = read_matrix(checkpoint, "y");
  for (int i = 0; i < steps; ++i) optimizer.step(backward(model, x, y));
  ingot::save(ingot::dict{{"model", ingot::state_dict(model)},
                          {"optimizer", ingot::state_dict(optimizer)},
                          {"epoch", checkpoint["epoch"].template as<int>() + steps}},
              given.at(2));
}

/// copy IN OUT: from any file to the one that OUT's suffix names.
void copy_file(const arguments& given) { ingot::save(ingot::open(given.at(0)), given.at(1)); }

/// shard IN INDEX MOST: saves in files of at most MOST bytes of tensors; prints what to open.
void save_shards(const arguments& given) {
  const auto written = ingot::save_sharded(ingot::open(given.at(0)), given.at(1),
                                           {.max_shard_size = std::stoull(given.at(2))});
  std::cout << written.string() << '\n';
}

/// read_each: see there.
void read_each_of_input(const arguments&) { read_each(std::cin, std::cout); }

/// resume SGD|Adam|AdamW IN OUT one|split STEPS
void resume_training(const arguments& given) {
  const bool split = given.at(3) == "split";
  const int steps = std::stoi(given.at(4));
  if (given.at(0) == "SGD") return resume<sgd>(given, split, steps);
  if (given.at(0) == "Adam") return resume<adam>(given, split, steps);
  if (given.at(0) == "AdamW") return resume<adamw>(given, split, steps);
  throw std::invalid_argument("no optimizer " + given.at(0));
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, std::function<void(const arguments&)>> modes{
      {"dtypes", print_dtypes},
      {"random", write_random_trees},
      {"cast", cast_all},
      {"model", copy_model},
      {"report", report_load},
      {"resume", resume_training},
      {"copy", copy_file},
      {"shard", save_shards},
      {"read_each", read_each_of_input},
      {"state", write_state},
      {"safetensors_read", read_safetensors},
      {"safetensors_write", write_safetensors},
  };
  try {
    modes.at(argc > 1 ? argv[1] : "")(arguments(argv + 2, argv + argc));
    return 0;
  } catch (const std::exception& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
}
