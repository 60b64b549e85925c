// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <ingot/core/element.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/separate.hpp>
#include <ingot/state/as.hpp>
#include <ingot/state/cast.hpp>
#include <ingot/state/detail/commit.hpp>
#include <ingot/state/detail/node.hpp>
#include <ingot/state/read.hpp>

namespace ingot::detail {

INGOT_INLINE void refuse_as(const value& from, std::string expected) {
  throw value_error({.expected = std::move(expected), .found = summary(from)});
}

INGOT_INLINE value item(const value& from) {
  if (!from.is_tensor() && from.kind() != kind::ndarray) return from;
  const tensor_data& tensor = from.tensor();
  if (element_count(tensor.shape) != 1 || is_quantized(tensor.type)) return from;
  std::array<std::byte, 16> bytes{};
  read_tensor(tensor, tensor_view(bytes.data(), tensor.type, tensor.shape));
  const auto convert = [&]<class To>(To number) {
    cast_elements(bytes.data(), tensor.type, reinterpret_cast<std::byte*>(&number),
                  element_traits<To>::type, 1);
    return value(number);
  };
  if (tensor.type == dtype::boolean) return convert(false);
  if (tensor.type == dtype::uint64) return convert(std::uint64_t{});
  if (is_complex(tensor.type)) return convert(std::complex<double>{});
  if (is_floating_point(tensor.type)) return convert(0.0);
  return convert(std::int64_t{});
}

INGOT_INLINE void read_anywhere(const tensor_data& from, const tensor_view& into) {
  require_strided(from, {});
  require_same(from, into, {});
  const bool from_host = !from.bytes->in_memory() || from.bytes->space().host_accessible;
  if ((from_host && into.space().host_accessible) || !covers_storage(from)) {
    return read_tensor(from, into);
  }
  bulk_commit({{{}, &from, into, false}}).run();
}

INGOT_INLINE shape as_shape(const value& from) {
  if (from.kind() == kind::size) return from.shape();
  return shape(as_vector<std::vector<std::int64_t>>(from));
}

INGOT_INLINE device as_device(const value& from) {
  if (from.kind() != kind::device) refuse_as(from, "device");
  return std::get<device>(from.identity()->content);
}

INGOT_INLINE std::complex<double> wide_complex_of(const value& number) {
  return std::get<std::complex<double>>(number.identity()->content);
}

}  // namespace ingot::detail
