// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <ingot/core/checked.hpp>
#include <ingot/core/safe_hash.hpp>
#include <ingot/format/safetensors/header.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::safetensors {

/// Of elements with one name only the last stays, as in the reference's hash maps. `name_of` gives
/// a reference into the element.
template <class Element, class Name>
void keep_last_of_each(std::vector<Element>& elements, Name name_of) {
  std::unordered_set<std::string_view, safe_hash> seen;
  seen.reserve(elements.size());
  std::vector<bool> again(elements.size());
  for (std::size_t i = elements.size(); i-- > 0;) {
    again[i] = !seen.insert(name_of(elements[i])).second;
  }
  if (seen.size() == elements.size()) return;
  std::vector<Element> kept;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (!again[i]) kept.push_back(std::move(elements[i]));
  }
  elements = std::move(kept);
}

inline std::string range(std::uint64_t begin, std::uint64_t end) {
  return '[' + std::to_string(begin) + ", " + std::to_string(end) + ']';
}

/// Throws format_error unless the tensor starts where the one before it ended, and has as many
/// bytes as its dtype and shape need.
inline void check_tensor(const description& tensor, std::uint64_t start, const std::string& file) {
  const auto fail = [&](std::string_view reason, std::string expected, std::string found) {
    refuse(file, "tensor " + detail::quoted(tensor.name), reason, std::move(expected),
           std::move(found));
  };
  if (tensor.begin != start || tensor.end < tensor.begin) {
    fail("InvalidOffset", "data from byte " + std::to_string(start),
         range(tensor.begin, tensor.end));
  }
  const auto bits =
      tensor.elements ? checked_multiply(*tensor.elements, bits_of(tensor.type)) : std::nullopt;
  if (!bits) fail("ValidationOverflow", "fewer than 2^64 bits", "more");
  if (*bits % 8 != 0) fail("MisalignedSlice", "whole bytes", std::to_string(*bits) + " bits");
  if (tensor.end - tensor.begin != *bits / 8) {
    fail("TensorInvalidInfo", std::to_string(*bits / 8) + " bytes by dtype and shape",
         std::to_string(tensor.end - tensor.begin));
  }
  if (tensor.too_wide) fail("only Ingot", "extents below 2^63", "a larger one");
}

/// Puts the tensors in the order of their data and checks that they fill `data_size` bytes without
/// hole and overlap. Throws format_error.
inline void check(header& of, std::uint64_t data_size, const std::string& file) {
  keep_last_of_each(of.tensors, [](const description& each) -> const auto& { return each.name; });
  keep_last_of_each(of.metadata, [](const auto& each) -> const auto& { return each.first; });
  // Of empty ones at the same place the order in the header is kept.
  std::stable_sort(of.tensors.begin(), of.tensors.end(),
                   [](const description& a, const description& b) {
                     return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
                   });
  std::uint64_t start = 0;
  for (const description& tensor : of.tensors) {
    check_tensor(tensor, start, file);
    start = tensor.end;
  }
  if (start != data_size) {
    refuse(file, "data", "MetadataIncompleteBuffer", std::to_string(start) + " bytes",
           std::to_string(data_size));
  }
}

}  // namespace ingot::detail::safetensors
