// SPDX-License-Identifier: Apache-2.0
// Writes what PyTorch's files hold as only Ingot does: `own_seeds OUT FILE...`.

#include <exception>
#include <filesystem>
#include <iostream>

#include <ingot/archive/binary.hpp>
#include <ingot/archive/mapped.hpp>
#include <ingot/archive/open.hpp>
#include <ingot/archive/save.hpp>

int main(int count, char** arguments) try {
  const std::filesystem::path out = arguments[1];
  std::filesystem::create_directories(out / "native");
  std::filesystem::create_directories(out / "safetensors");
  for (int i = 2; i < count; ++i) {
    const std::filesystem::path from = arguments[i];
    const ingot::value state = ingot::open(from);
    ingot::save<ingot::binary>(state, out / "native" / from.stem(),
                               {.metadata = ingot::dict{{"from", "PyTorch"}}});
    if (from.stem() == "state_dict" || from.stem() == "ties") {
      ingot::save<ingot::mapped>(state, out / "safetensors" / (from.stem() += ".own"),
                                 {.metadata = ingot::dict{{"from", "PyTorch"}}, .checksums = true});
    }
  }
  return 0;
} catch (const std::exception& failure) {
  std::cerr << failure.what() << '\n';
  return 1;
}
