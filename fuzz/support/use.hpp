// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <span>
#include <sstream>
#include <unordered_set>
#include <vector>

#include <ingot/ingot.hpp>
#include <ingot/state/children.hpp>
#include <ingot/state/leaves.hpp>

#include "heap.hpp"
#include "same.hpp"

namespace fuzz {

/// Refusing is always allowed; anything but an ingot::error stops the fuzzer.
template <class Attempt>
bool attempt(Attempt act) {
  try {
    act();
    return true;
  } catch (const ingot::error&) {
    return false;
  }
}

inline bool is_number(const ingot::value& of) {
  using enum ingot::kind;
  if (of.kind() == boolean || of.kind() == integer || of.kind() == floating) return true;
  if (of.kind() != tensor && of.kind() != ndarray) return false;
  return ingot::element_count(of.shape()) == 1;
}

/// Rows of a tensor are what they are in the whole.
inline void use_rows(const ingot::value& of) {
  const ingot::tensor_data& tensor = of.tensor();
  if (tensor.quantizer || tensor.shape.rank() == 0 || tensor.shape[0] < 2) return;
  const auto whole = elements(tensor);
  const auto rows = whole ? elements(of.narrow(0, -1, 1).tensor()) : std::nullopt;
  if (!whole) return;
  const auto size = whole->size() / static_cast<std::size_t>(tensor.shape[0]);
  if (!rows || !std::equal(rows->begin(), rows->end(),
                           whole->end() - static_cast<std::ptrdiff_t>(size), whole->end())) {
    fail("a row is a part of its tensor");
  }
}

/// What programs do with one value, whatever it is: print it, convert it, read its elements. An
/// exception costs as much as reading a small file, so what is sure to be refused isn't tried.
inline void use_node(const ingot::value& of) {
  static std::ostringstream text;  // a new one costs as much, too
  text.seekp(0);
  text << of;
  if (is_number(of)) {
    attempt([&] { (void)of.as<std::int64_t>(); });
    attempt([&] { (void)of.as<double>(); });
  }
  if (of.is_mapping()) {
    (void)of.find("weight");
    (void)of.find(std::int64_t{0});
  }
  if (of.is_tensor() || of.kind() == ingot::kind::ndarray) use_rows(of);
}

/// How much is done to an input: what costs several times its reading is done to one in eight,
/// which the input's own bytes choose, so that a finding can be repeated.
enum class thoroughness : std::uint8_t { quick, thorough };

inline thoroughness thoroughness_for(std::span<const std::byte> input) {
  return ingot::crc32(0, input) % 8 == 0 ? thoroughness::thorough : thoroughness::quick;
}

/// Uses every value of a tree once; thoroughly, its deep copy too, which must be the same.
inline void use(const ingot::value& root, thoroughness how) {
  std::vector<ingot::value> waiting{root};
  std::unordered_set<const ingot::node*> seen;
  const auto add = [&](const ingot::value& part) {
    if (part.identity() == nullptr || seen.insert(part.identity()).second) waiting.push_back(part);
  };
  while (!waiting.empty()) {
    const ingot::value next = waiting.back();
    waiting.pop_back();
    use_node(next);
    for (std::size_t i = 0; i < ingot::child_count(next); ++i) add(ingot::child(next, i));
  }
  if (how == thoroughness::quick) return;
  attempt([&] { (void)ingot::leaves_of(root); });
  ingot::value copy;
  if (attempt([&] { copy = root.clone(); }) && !same(root, copy)) fail("a clone is the same");
}

}  // namespace fuzz
