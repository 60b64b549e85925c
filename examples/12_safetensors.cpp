// SPDX-License-Identifier: Apache-2.0
// safetensors: a model in one file or spread over several, used where it lies, or in parts.
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include <ingot/ingot.hpp>

struct linear {
  ingot::tensor<float> weight, bias;
};
struct simple_model {
  linear linear1, linear2;
};

// Its tensors are the mapped file's bytes: nothing is copied, however large the model is.
struct mapped_linear {
  ingot::shared_tensor<float> weight, bias;
};
struct mapped_model {
  mapped_linear linear1, linear2;
};

int main() {
  simple_model model{{ingot::tensor<float>({4, 2}), ingot::tensor<float>({4})},
                     {ingot::tensor<float>({1, 4}), ingot::tensor<float>({1})}};
  model.linear1.weight[7] = 7;

  // Python: safetensors.torch.save_file(model.state_dict(), "model.safetensors", metadata={...})
  ingot::save<ingot::mapped>(model, "model.safetensors",
                             {.metadata = ingot::dict{{"format", "pt"}, {"epoch", "3"}}});

  mapped_model used;
  ingot::load(used, "model.safetensors", {}, {.access = ingot::access::map});

  // Python: with safe_open("model.safetensors", "pt") as f: f.get_slice("linear1.weight")[2:4]
  const auto file = ingot::open("model.safetensors");
  const auto rows = file["linear1.weight"].narrow(0, 2, 2).as<ingot::tensor<float>>();
  std::cout << "epoch " << file.metadata()["epoch"].as<std::string>() << ", rows " << rows.shape()
            << '\n';

  // Several files of at most 40 bytes of tensors, and the index that names them. (The name
  // model.safetensors.index.json is refused beside a model.safetensors, which would hide it.)
  ingot::save_sharded(model, "shards.safetensors.index.json", {.max_shard_size = 40});
  simple_model again;
  ingot::load(again, "shards.safetensors.index.json");

  for (const auto& each : std::filesystem::directory_iterator(".")) {
    std::cout << each.path().filename().string() << '\n';
  }
  return used.linear1.weight[7] == 7 && rows[3] == 7 && again.linear1.weight[7] == 7 ? EXIT_SUCCESS
                                                                                     : EXIT_FAILURE;
}
