// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/ingot.hpp>

namespace fuzz {

/// The elements of a strided tensor, contiguous; nothing where it has none, can't be read (its file
/// is damaged) or has more than `most` bytes.
inline std::optional<std::vector<std::byte>> elements(const ingot::tensor_data& tensor,
                                                      std::size_t most = std::size_t{64} << 10) {
  if (tensor.layout != ingot::layout::strided) return std::nullopt;
  const auto size = ingot::byte_count(tensor.shape, ingot::size_of(tensor.type));
  if (!size || static_cast<std::size_t>(*size) > most) return std::nullopt;
  std::vector<std::byte> bytes(static_cast<std::size_t>(*size));
  try {
    ingot::read_tensor(tensor, ingot::tensor_view(bytes.data(), tensor.type, tensor.shape));
  } catch (const ingot::error&) {
    return std::nullopt;
  }
  return bytes;
}

/// Whether two values are the same tree: kinds, scalars bit for bit, keys in order, tensors' facts
/// and elements. Works on what shares its parts in time of the nodes, not of the paths.
class comparison {
 public:
  bool operator()(const ingot::value& a, const ingot::value& b) {
    waiting_.emplace_back(a, b);
    while (!waiting_.empty()) {
      const auto [left, right] = std::move(waiting_.back());
      waiting_.pop_back();
      if (!same_node(left, right)) return false;
    }
    return true;
  }

 private:
  bool same_node(const ingot::value& a, const ingot::value& b) {
    using enum ingot::kind;
    if (a.kind() != b.kind()) return false;
    switch (a.kind()) {
      case none:
      case cycle:
        return true;
      case boolean:
        return a.boolean() == b.boolean();
      case integer:
        return a.integer_octets() == b.integer_octets();
      case floating:
        return std::bit_cast<std::uint64_t>(a.floating()) ==
               std::bit_cast<std::uint64_t>(b.floating());
      case complex:
        return same_bits(a.as<std::complex<double>>(), b.as<std::complex<double>>());
      case string:
      case bytes:
      case bytearray:
        return a.text() == b.text();
      case size:
        return a.shape() == b.shape();
      case dtype:
        return a.type() == b.type();
      case device:
        return a.as<ingot::device>() == b.as<ingot::device>();
      case tensor:
      case ndarray:
        return same_tensor(a.tensor(), b.tensor());
      default:
        return seen_.emplace(a.identity(), b.identity()).second ? same_container(a, b) : true;
    }
  }

  static bool same_bits(std::complex<double> a, std::complex<double> b) {
    return std::memcmp(&a, &b, sizeof a) == 0;
  }

  bool same_container(const ingot::value& a, const ingot::value& b) {
    if (a.is_sequence()) {
      const auto left = a.elements();
      const auto right = b.elements();
      if (left.size() != right.size()) return false;
      for (std::size_t i = 0; i < left.size(); ++i) waiting_.emplace_back(left[i], right[i]);
      return true;
    }
    if (a.kind() == ingot::kind::object && a.class_name() != b.class_name()) return false;
    return same_pairs(a.items(), b.items()) &&
           (a.kind() == ingot::kind::object || same_pairs(a.attributes(), b.attributes()));
  }

  bool same_pairs(std::span<const ingot::value::pair> a, std::span<const ingot::value::pair> b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      waiting_.emplace_back(a[i].first, b[i].first);
      waiting_.emplace_back(a[i].second, b[i].second);
    }
    return true;
  }

  bool same_part(const std::shared_ptr<const ingot::value>& a,
                 const std::shared_ptr<const ingot::value>& b) {
    if (!a || !b) return !a && !b;
    waiting_.emplace_back(*a, *b);
    return true;
  }

  bool same_quantizer(const std::shared_ptr<const ingot::quantizer>& a,
                      const std::shared_ptr<const ingot::quantizer>& b) {
    if (!a || !b) return !a && !b;
    return a->scheme == b->scheme && std::memcmp(&a->scale, &b->scale, sizeof a->scale) == 0 &&
           a->zero_point == b->zero_point && a->axis == b->axis &&
           same_part(a->scales, b->scales) && same_part(a->zero_points, b->zero_points);
  }

  bool same_tensor(const ingot::tensor_data& a, const ingot::tensor_data& b) {
    return a.type == b.type && a.shape == b.shape && a.layout == b.layout &&
           a.requires_grad == b.requires_grad && a.is_parameter == b.is_parameter &&
           a.coalesced == b.coalesced && same_part(a.parts, b.parts) &&
           same_quantizer(a.quantizer, b.quantizer) && elements(a) == elements(b);
  }

  std::vector<std::pair<ingot::value, ingot::value>> waiting_;
  std::set<std::pair<const ingot::node*, const ingot::node*>> seen_;
};

inline bool same(const ingot::value& a, const ingot::value& b) { return comparison()(a, b); }

}  // namespace fuzz
