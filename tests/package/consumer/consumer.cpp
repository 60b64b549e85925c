// SPDX-License-Identifier: Apache-2.0
// Takes what comes with the package: headers that need RapidJSON's, and zlib to link.
#include <span>
#include <sstream>
#include <string>
#include <utility>

#include <ingot/archive/mapped.hpp>
#include <ingot/archive/npz.hpp>
#include <ingot/io/memory_source.hpp>
#include <ingot/io/stream_sink.hpp>
#include <ingot/state/dict.hpp>
#include <ingot/storage/tensor.hpp>

template <class Archive>
bool comes_back(const ingot::value& state) {
  std::ostringstream out;
  ingot::stream_sink to(out);
  Archive::write(state, to, {});
  const std::string file = std::move(out).str();
  const ingot::contents read =
      Archive::read(ingot::from_memory(std::as_bytes(std::span(file))), {});
  return read.root.size() == 1 && read.root.contains("weight");
}

int main() {
  const ingot::dict state{{"weight", ingot::tensor<float>({2, 3})}};
  return comes_back<ingot::npz>(state) && comes_back<ingot::mapped>(state) ? 0 : 1;
}
