// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ingot/core/safe_hash.hpp>
#include <ingot/format/pickle/graph.hpp>
#include <ingot/format/pickle/text_index.hpp>

namespace ingot::detail::pickle {

/// Finds equal keys of a dict, or elements of a set, as Python's == does, but for two choices:
/// True, 1 and 1.0 are three keys, and tuples that hold objects are equal only where they are one.
class key_index {
 public:
  explicit key_index(graph& objects) : objects_(objects) {}

  /// The place of an equal key seen before, else `place`. Throws format_error for a key that
  /// Python can't hash.
  std::size_t insert(item key, std::size_t place) {
    if (key.tag == tag::text) {
      objects_.charge_text(objects_.text(key).size());
      return texts_.insert(objects_.text(key), static_cast<std::uint32_t>(place));
    }
    std::string encoded;
    encode(key, encoded);
    if (key.tag == tag::tuple) {
      for (const item element : objects_.tuple(key)) {
        if (element.tag >= tag::tuple) {
          encoded = "one tuple " + std::to_string(key.index);
          break;
        }
        encode(element, encoded);
      }
    }
    objects_.charge(encoded.size() / 16);
    return others_.try_emplace(std::move(encoded), place).first->second;
  }

 private:
  void encode(item key, std::string& into) {
    into += static_cast<char>(key.tag);
    switch (key.tag) {
      case tag::none:
        return;
      case tag::text:
      case tag::bytes:
      case tag::big_integer:
        objects_.charge_text(objects_.text(key).size());
        into += std::to_string(objects_.text(key).size()) + ':';
        into += objects_.text(key);
        return;
      case tag::tuple:
        into += std::to_string(objects_.tuple(key).size()) + ':';
        return;
      case tag::floating:
        // No NaN equals another; both zeros are equal.
        if (std::isnan(key.floating)) into += std::to_string(++nans_);
        if (key.floating != 0) {
          into.append(reinterpret_cast<const char*>(&key.floating), sizeof key.floating);
        }
        return;
      case tag::bytearray:
        refuse(objects_, key, "a key that Python can hash");
      case tag::container:
        if (objects_.at(key).kind < container_kind::object) {
          refuse(objects_, key, "a key that Python can hash");
        }
        [[fallthrough]];
      case tag::global:
      case tag::persistent:
      case tag::leaf:
        into += std::to_string(key.index);
        return;
      default:
        into += std::to_string(key.integer) + ';';
    }
  }

  graph& objects_;
  text_index texts_;
  std::unordered_map<std::string, std::size_t, safe_hash> others_;
  std::size_t nans_ = 0;
};

/// Whether all keys are texts and different: what nearly every small dict is, told without a table.
inline bool few_different_texts(const graph& objects, std::span<const item> keys,
                                std::size_t step) {
  constexpr std::size_t few = 16;
  if (keys.size() > few * step) return false;
  for (std::size_t i = 0; i < keys.size(); i += step) {
    if (keys[i].tag != tag::text) return false;
    for (std::size_t j = 0; j < i; j += step) {
      if (objects.text(keys[i]) == objects.text(keys[j])) return false;
    }
  }
  return true;
}

}  // namespace ingot::detail::pickle
