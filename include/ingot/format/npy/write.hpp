// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/shape.hpp>
#include <ingot/format/npy/header.hpp>
#include <ingot/format/npy/print_header.hpp>
#include <ingot/state/as.hpp>
#include <ingot/state/copy_elements.hpp>
#include <ingot/state/materialized_size.hpp>
#include <ingot/state/tensor_data.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail::npy {

/// Whether an int fits in one of numpy's: int64 or uint64.
inline bool fits(const value& integer) {
  const std::string octets = integer.integer_octets();
  return octets.size() <= 8 || (octets.size() == 9 && octets[8] == '\0');
}

/// Whether the leaf is an array of a dtype that numpy has, or a number that it makes one of.
inline bool holds(const value& leaf) {
  switch (leaf.kind()) {
    case kind::tensor:
    case kind::ndarray: {
      const tensor_data& array = leaf.tensor();
      return array.bytes && array.layout == layout::strided && !info(array.type).numpy.empty() &&
             is_possible(array.shape, array.type);
    }
    case kind::integer:
      return fits(leaf);
    case kind::boolean:
    case kind::floating:
    case kind::complex:
      return true;
    default:
      return false;
  }
}

/// A number as the array without dimensions that numpy makes of it.
template <class T>
tensor_data array_of(T number) {
  const auto kept = std::make_shared<const T>(number);
  tensor_data result;
  result.bytes = std::make_shared<const storage>(reinterpret_cast<const std::byte*>(kept.get()),
                                                 sizeof(T), host_space, kept);
  result.type = element_traits<T>::type;
  return result;
}

inline tensor_data array_of(const value& leaf) {
  switch (leaf.kind()) {
    case kind::boolean:
      return array_of(leaf.boolean());
    case kind::integer:
      return leaf.identity() == nullptr ? array_of(leaf.integer())
                                        : array_of(leaf.as<std::uint64_t>());
    case kind::floating:
      return array_of(leaf.floating());
    case kind::complex:
      return array_of(leaf.as<std::complex<double>>());
    default:
      return leaf.tensor();
  }
}

/// The tensor with its dimensions in the opposite order.
inline tensor_data transposed(tensor_data from) {
  std::vector<std::int64_t> extents(from.shape.begin(), from.shape.end());
  std::reverse(extents.begin(), extents.end());
  std::reverse(from.strides.begin(), from.strides.end());
  from.shape = ingot::shape(extents);
  return from;
}

/// One array on its way to a file. The constructor throws value_error, with `name`, for what numpy
/// can't hold.
class array_writer {
 public:
  array_writer(const value& leaf, std::string_view name) : name_(name) {
    if (!npy::holds(leaf)) refuse(leaf);
    elements_ = array_of(leaf);
    size_ = materialized_size(elements_, name_);
    header what{.type = elements_.type, .shape = elements_.shape};
    // As numpy does: what lies in column-major order is written so.
    if (!is_contiguous(elements_.shape, elements_.strides)) {
      tensor_data other = transposed(elements_);
      what.fortran_order = is_contiguous(other.shape, other.strides);
      if (what.fortran_order) elements_ = std::move(other);
    }
    header_ = print_header(what);
  }

  const tensor_data& elements() const noexcept { return elements_; }

  /// Bytes of header and elements.
  std::uint64_t size() const noexcept { return header_.size() + size_; }

  /// write() will be called.
  void expect(copy_buffer& buffer) const { buffer.expect(elements_); }

  /// Hands all of them to write(span), piece by piece.
  template <class Write>
  void write(copy_buffer& buffer, Write write) const {
    write(std::as_bytes(std::span(header_)));
    copy_elements(elements_, buffer, write, name_);
  }

 private:
  [[noreturn]] void refuse(const value& leaf) const {
    const bool container = leaf.is_mapping() || leaf.is_sequence();
    throw value_error({.where = name_,
                       .expected = "a strided array or a number of a dtype that numpy has",
                       .found = summary(leaf),
                       .remedy = leaf.is_mapping()
                                     ? "flatten it: an .npz file holds one dict of arrays, "
                                       "such as a state_dict"
                                 : container ? "make it a tensor"
                                             : "cast it, or leave it out"});
  }

  std::string name_;
  tensor_data elements_;
  std::uint64_t size_ = 0;
  std::string header_;
};

}  // namespace ingot::detail::npy
