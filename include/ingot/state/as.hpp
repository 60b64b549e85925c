// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <complex>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ingot/core/element.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/tensor_traits.hpp>
#include <ingot/state/materialized_size.hpp>
#include <ingot/state/python_repr.hpp>
#include <ingot/state/read.hpp>
#include <ingot/state/share.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

namespace detail {

[[noreturn]] void refuse_as(const value& from, std::string expected);

/// The number in a tensor or ndarray of one element, as a value: torch's item(). Else the value.
value item(const value& from);

template <class T>
inline constexpr bool is_vector = false;
template <class T, class Allocator>
inline constexpr bool is_vector<std::vector<T, Allocator>> = true;
template <class T>
inline constexpr bool is_array = false;
template <class T, std::size_t Size>
inline constexpr bool is_array<std::array<T, Size>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_complex_number = false;
template <class T>
inline constexpr bool is_complex_number<std::complex<T>> = true;

template <std::integral T>
T as_integer(const value& from) {
  const value number = item(from);
  if (number.kind() != kind::integer) refuse_as(from, "int");
  if (number.identity() == nullptr && std::in_range<T>(number.integer())) {
    return static_cast<T>(number.integer());
  }
  const std::string octets = number.integer_octets();
  // The one wider case that fits: an unsigned number of 64 bits, whose sign takes a ninth octet.
  if (std::unsigned_integral<T> && sizeof(T) == 8 && octets.size() == 9 && octets[8] == 0) {
    std::uint64_t bits = 0;
    for (std::size_t i = 8; i-- > 0;) bits = (bits << 8) | static_cast<unsigned char>(octets[i]);
    return static_cast<T>(bits);
  }
  refuse_as(from, "an int from " + std::to_string(std::numeric_limits<T>::min()) + " to " +
                      std::to_string(std::numeric_limits<T>::max()));
}

template <std::floating_point T>
T as_floating(const value& from) {
  const value number = item(from);
  if (number.kind() == kind::integer && number.identity() == nullptr) {
    const auto result = static_cast<T>(number.integer());
    constexpr T limit = static_cast<T>(std::uint64_t{1} << 63);
    if (result < limit && static_cast<std::int64_t>(result) == number.integer()) return result;
    refuse_as(from, "an int that a floating-point number of " + std::to_string(sizeof(T)) +
                        " bytes holds exactly");
  }
  if (number.kind() != kind::floating) refuse_as(from, "float");
  const double wide = number.floating();
  if constexpr (sizeof(T) < sizeof(double)) {
    constexpr double most = std::numeric_limits<T>::max();
    if (std::isfinite(wide) && std::abs(wide) > most) {
      refuse_as(from, "a float of at most " + python_repr(most));
    }
  }
  return static_cast<T>(wide);
}

/// read_tensor(); all of a storage from or to memory that the host can't reach piece by piece, as a
/// load does it.
void read_anywhere(const tensor_data& from, const tensor_view& into);

template <class T>
T as_tensor(const value& from) {
  const tensor_data& tensor = from.tensor();
  if (tensor.type != tensor_traits<T>::type) {
    refuse_as(from, "tensor " + std::string(name(tensor_traits<T>::type)));
  }
  if constexpr (adopting_tensor<T>) {
    if (const std::byte* elements = elements_in_place(tensor)) {
      check_in_place(*tensor.bytes);
      return tensor_traits<T>::adopt(elements, tensor.shape, tensor.bytes);
    }
  }
  materialized_size(tensor, {});
  T result = tensor_traits<T>::make(tensor.shape, T{});
  read_anywhere(tensor, tensor_traits<T>::view(result));
  return result;
}

template <class T>
T as_vector(const value& from) {
  if constexpr (resizable_tensor<T>) {
    if (from.is_tensor() || from.kind() == kind::ndarray) return as_tensor<T>(from);
  }
  const std::span<const value> elements = from.elements();
  T result;
  result.reserve(elements.size());
  for (const value& element : elements) {
    result.push_back(element.as<typename T::value_type>());
  }
  return result;
}

template <class T>
T as_array(const value& from) {
  T result{};
  if (!from.is_sequence() || from.size() != result.size()) {
    refuse_as(from, "a list or tuple of " + std::to_string(result.size()) + " elements");
  }
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = from.elements()[i].as<typename T::value_type>();
  }
  return result;
}

/// Of a value of the kind complex.
std::complex<double> wide_complex_of(const value& number);

template <class T>
T as_complex(const value& from) {
  using part = typename T::value_type;
  const value number = item(from);
  if (number.kind() != kind::complex) return T(as_floating<part>(number));
  const std::complex<double> wide = wide_complex_of(number);
  return {as_floating<part>(wide.real()), as_floating<part>(wide.imag())};
}

shape as_shape(const value& from);
device as_device(const value& from);

}  // namespace detail

template <class T>
T value::as() const {
  if constexpr (std::same_as<T, value>) {
    return *this;
  } else if constexpr (std::same_as<T, bool>) {
    const value flag = detail::item(*this);
    if (flag.kind() != ingot::kind::boolean) detail::refuse_as(*this, "bool");
    return flag.boolean();
  } else if constexpr (std::integral<T>) {
    return detail::as_integer<T>(*this);
  } else if constexpr (std::floating_point<T>) {
    return detail::as_floating<T>(*this);
  } else if constexpr (detail::is_complex_number<T>) {
    return detail::as_complex<T>(*this);
  } else if constexpr (std::same_as<T, std::string>) {
    return text();
  } else if constexpr (std::same_as<T, ingot::shape>) {
    return detail::as_shape(*this);
  } else if constexpr (std::same_as<T, ingot::dtype>) {
    if (kind_ != ingot::kind::dtype) detail::refuse_as(*this, "dtype");
    return type();
  } else if constexpr (std::same_as<T, ingot::device>) {
    return detail::as_device(*this);
  } else if constexpr (detail::is_optional<T>) {
    return is_none() ? T() : T(as<typename T::value_type>());
  } else if constexpr (detail::is_vector<T>) {
    return detail::as_vector<T>(*this);
  } else if constexpr (detail::is_array<T>) {
    return detail::as_array<T>(*this);
  } else {
    static_assert(resizable_tensor<T>,
                  "as<T>() takes int, float, bool, complex, string, shape, dtype, device, "
                  "optional, vector and array of these, and owned tensors: name one of them");
    return detail::as_tensor<T>(*this);
  }
}

template <class T>
T entry::as() const {
  return detail::at_path(path_, [&]() -> T { return value::as<T>(); });
}

}  // namespace ingot

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/state/impl/as.hpp>
#endif
