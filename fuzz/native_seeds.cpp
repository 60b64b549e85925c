// SPDX-License-Identifier: Apache-2.0
// Writes what PyTorch's files hold in Ingot's own format: `native_seeds OUT FILE...`.

#include <exception>
#include <filesystem>
#include <iostream>

#include <ingot/archive/binary.hpp>
#include <ingot/archive/open.hpp>
#include <ingot/archive/save.hpp>

int main(int count, char** arguments) try {
  const std::filesystem::path out = arguments[1];
  for (int i = 2; i < count; ++i) {
    const std::filesystem::path from = arguments[i];
    ingot::save<ingot::binary>(ingot::open(from), out / from.stem(),
                               {.metadata = ingot::dict{{"from", "PyTorch"}}});
  }
  return 0;
} catch (const std::exception& failure) {
  std::cerr << failure.what() << '\n';
  return 1;
}
