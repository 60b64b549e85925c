// SPDX-License-Identifier: Apache-2.0
// The configuration of the weights in a torch.export archive.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/format/pt2/state.hpp>
#include <ingot/ingot.hpp>

#include "support/heap.hpp"
#include "support/text_mutator.hpp"
#include "support/use.hpp"

namespace {

namespace pt2 = ingot::detail::pt2;

/// The records weight_0 to weight_9: 16 bytes, which is what the seeds' first tensor has, to 160.
ingot::extent record(const std::string& name) {
  static const std::array<std::byte, 256> content{};
  const char last = name.empty() ? '\0' : name.back();
  if (!name.starts_with("weight_") || last < '0' || last > '9') {
    throw ingot::format_error({.expected = "a record weight_0 to weight_9"});
  }
  return {.from = ingot::from_memory(content),
          .size = std::uint64_t{16} * static_cast<std::uint64_t>(last - '0' + 1)};
}

std::optional<std::vector<ingot::value::pair>> read(std::string_view json, pt2::pickled what) {
  try {
    return fuzz::in_proportion(json.size(), 256, [&] {
      return pt2::payload_reader("file", "configuration", record).run(json, what);
    });
  } catch (const ingot::format_error&) {
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  auto tensors = read(json, size % 4 == 0 ? pt2::pickled::refused : pt2::pickled::left_out);
  if (!tensors) return 0;
  const auto state = ingot::value::make_mapping(ingot::kind::dict, *std::move(tensors));
  for (const auto& [name, tensor] : state.items()) {
    if (state.find(name.text()) != &tensor) fuzz::fail("names differ");
  }
  fuzz::use(state, fuzz::thoroughness_for(std::as_bytes(std::span(json))));
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  static constexpr std::array<std::string_view, 40> words{"{",
                                                          "}",
                                                          "[",
                                                          "]",
                                                          ",",
                                                          ":",
                                                          "\"",
                                                          "null",
                                                          "true",
                                                          "false",
                                                          "-1",
                                                          "1.5",
                                                          "\"config\":",
                                                          "\"path_name\":",
                                                          "\"weight_1\"",
                                                          "\"weight_9\"",
                                                          "\"is_param\":",
                                                          "\"use_pickle\":",
                                                          "\"tensor_meta\":",
                                                          "\"dtype\":",
                                                          "\"sizes\":",
                                                          "\"strides\":",
                                                          "\"storage_offset\":",
                                                          "\"requires_grad\":",
                                                          "\"device\":",
                                                          "\"layout\":",
                                                          "\"as_int\":",
                                                          "\"as_expr\":",
                                                          "\"type\":",
                                                          "\"index\":",
                                                          "\"cuda\"",
                                                          "{\"as_int\":2}",
                                                          "[{\"as_int\":0}]",
                                                          "[]",
                                                          "{}",
                                                          "7",
                                                          "\"x\":{}",
                                                          "\"other\":[{\"x\":null}]",
                                                          "\\u0041",
                                                          "\"name\":"};
  fuzz::random dice(seed);
  std::string text(reinterpret_cast<const char*>(data), size);
  fuzz::text_mutator(dice, words)(text, most);
  return fuzz::give(text, data, most);
}
