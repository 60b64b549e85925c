// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <ingot/ingot.hpp>

#include "../io/temporary_folder.hpp"
#include "arrays.hpp"
#include "describe_state.hpp"
#include "models.hpp"
#include "numbered.hpp"

// An index is no archive, since it is several files: what of the contract can be said of it.

namespace {

constexpr const char* indexes[]{"model.safetensors.index.json", "pytorch_model.bin.index.json"};

/// Calls use(file) with the state saved in shards of at most `most` bytes, read and mapped.
template <class Use>
void through_shards(const ingot::value& state, std::uint64_t most, Use use) {
  for (const char* index : indexes) {
    CAPTURE(index);
    const temporary_folder folder;
    const auto path = ingot::save_sharded(state, folder / index, {.max_shard_size = most});
    CHECK(folder.count() > 2);
    use(ingot::open(path));
    use(ingot::open(path, {.access = ingot::access::map}));
  }
}

}  // namespace

TEST_CASE("a model over any storage is loaded from shards into any storage") {
  for (const contract::holder from : contract::all_holders) {
    contract::with_state_of(from, [&](const ingot::value& state) {
      const std::string before = contract::describe_elements(state);
      through_shards(state, 30, [&](const ingot::opened_file& file) {
        for (const contract::holder to : contract::all_holders) {
          CAPTURE(static_cast<int>(from));
          CAPTURE(static_cast<int>(to));
          CHECK(contract::loaded_into(to, file) == before);
        }
      });
    });
  }
}

TEST_CASE("tensors of every dtype and however they lie come back from shards") {
  std::vector<ingot::value::pair> items;
  for (const ingot::dtype_info& row : ingot::dtype_table) {
    const ingot::value tensor(contract::patterned(row.type, {2, 3, 4}));
    if (!ingot::mapped::holds(tensor) || !ingot::zip::holds(tensor)) continue;
    items.emplace_back(row.name, tensor);
  }
  for (const auto& [what, tensor] : contract::views_of(ingot::dtype::float32)) {
    items.emplace_back(what, tensor);
  }
  CHECK(items.size() > 30);
  const auto state = ingot::value::make_mapping(ingot::kind::dict, std::move(items));
  const std::string before = contract::describe_elements(state);
  for (const std::uint64_t most : {100u, 500u}) {
    through_shards(state, most, [&](const ingot::opened_file& file) {
      CHECK(contract::describe_elements(file) == before);
    });
  }
}

TEST_CASE("the same state has the same shards") {
  const contract::model model = contract::filled_model();
  for (const char* index : indexes) {
    const temporary_folder one, other;
    ingot::save_sharded(model, one / index, {.max_shard_size = 30});
    ingot::save_sharded(ingot::state_dict(model).clone(), other / index, {.max_shard_size = 30});
    CHECK(one.count() == other.count());
    for (const auto& file : std::filesystem::directory_iterator(one / "")) {
      const std::string name = file.path().filename().string();
      CAPTURE(name);
      CHECK(read_text(file.path()) == read_text(other / name.c_str()));
    }
  }
}
