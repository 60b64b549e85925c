// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ingot/archive/contents.hpp>
#include <ingot/archive/detail/torch_records.hpp>
#include <ingot/core/error.hpp>
#include <ingot/format/torchscript/class_library.hpp>
#include <ingot/format/torchscript/module_state.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail {

/// The state of a module that torch.jit.save or LibTorch's torch::save wrote. Its code says only
/// what is state; nothing of it is run.
inline contents read_torchscript(const torch_records& records, bool big_endian) {
  const value root = read_pickle(records, "data.pkl", "data/", big_endian);
  const value constants = read_pickle(records, "constants.pkl", "constants/", big_endian);
  if (!constants.is_sequence()) {
    throw format_error({.file = records.file(),
                        .where = "constants.pkl",
                        .expected = "a tuple",
                        .found = summary(constants)});
  }
  torchscript::class_library classes([&](const std::string& record) -> std::optional<std::string> {
    const zip_entry* entry = records.find(record);
    if (entry == nullptr) return std::nullopt;
    const auto text = records.bytes(*entry);
    return std::string(reinterpret_cast<const char*>(text.data()), text.size());
  });
  try {
    torchscript::state_walk walk(classes, records.find("data.pkl")->packed_size);
    const auto elements = constants.elements();
    return {walk.run(root, {elements.begin(), elements.end()}), "torchscript"};
  } catch (const format_error& failure) {
    error_info facts = failure.info();
    if (facts.file.empty()) facts.file = records.file();
    throw format_error(std::move(facts));
  }
}

}  // namespace ingot::detail
