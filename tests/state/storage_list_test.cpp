// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstddef>
#include <memory>
#include <vector>

#include <ingot/io/memory_source.hpp>
#include <ingot/state/storage.hpp>
#include <ingot/state/storage_list.hpp>
#include <ingot/state/tensor_data.hpp>

namespace storage_list_test {

TEST_CASE("a tensor of a file that comes twice has one storage, whoever else refers to it") {
  ingot::tensor_data tensor;
  tensor.bytes = std::make_shared<const ingot::storage>(
      ingot::extent{.from = ingot::from_memory(std::vector<std::byte>(8)), .size = 8});
  tensor.shape = {2};
  tensor.strides = {1};
  ingot::storage_list storages;
  CHECK(storages.add(tensor) == 0);
  CHECK(storages.add(tensor) == 0);
  CHECK(storages.all().size() == 1);
}

}  // namespace storage_list_test
