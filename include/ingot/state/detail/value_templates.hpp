// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/tensor_traits.hpp>
#include <ingot/state/detail/value_class.hpp>
#include <ingot/state/tensor_data.hpp>

namespace ingot {

namespace detail {

/// In quotes, cut where it is long: texts in files may be hostile.
std::string quoted(std::string_view text);

/// `tensor float32 [2, 3]`, `int 3`, `str "adam"`, `dict of 2 items`: what error messages say was
/// found.
std::string summary(const value& what);

template <tensor_like T>
tensor_data refer_to(const T& tensor, std::shared_ptr<const void> owner) {
  if (!tensor_traits<T>::has_shape(tensor)) {
    throw value_error({.expected = "a tensor with a shape",
                       .found = "one that was never given any",
                       .remedy = "construct or load it first"});
  }
  const const_tensor_view view = tensor_traits<T>::view(tensor);
  return tensor_over(
      std::make_shared<const storage>(view.data(), view.nbytes(), view.space(), std::move(owner)),
      view);
}

/// Of a mapping; value_error that names `path` where the key isn't there.
const value& at_key(const value& of, std::string_view key, const std::string& path);
const value& at_index(const value& of, std::int64_t index, const std::string& path);

/// Calls `act`; errors that name no file, about values or of devices, then say where they were met.
template <class Act>
auto at_path(const std::string& path, Act act) {
  try {
    return act();
  } catch (error& failure) {
    if (error_info info = failure.info(); info.file.empty()) {
      info.where = path + (info.where.empty() ? "" : ": " + info.where);
      failure.amend(std::move(info));
    }
    throw;
  }
}

std::string key_path(const std::string& path, std::string_view key);
std::string index_path(const std::string& path, std::int64_t index);

}  // namespace detail

template <std::floating_point Part>
value::value(std::complex<Part> number) : value(make_complex(std::complex<double>(number))) {}

template <tensor_like T>
  requires(tensor_traits<T>::only_tensor)
value::value(const T& tensor) : value(detail::refer_to(tensor, nullptr)) {}

template <tensor_like T>
  requires(tensor_traits<T>::only_tensor)
value::value(T&& tensor) {
  auto owner = std::make_shared<const T>(std::move(tensor));
  *this = value(detail::refer_to(*owner, owner));
}

template <std::convertible_to<value> Element>
value::value(const std::vector<Element>& elements)
    : value(
          make_sequence(ingot::kind::list, std::vector<value>(elements.begin(), elements.end()))) {}

template <std::integral Index>
entry value::operator[](Index index) const {
  return at(static_cast<std::int64_t>(index));
}

template <std::integral Index>
entry entry::operator[](Index index) const {
  const auto number = static_cast<std::int64_t>(index);
  return {detail::at_index(*this, number, path_), detail::index_path(path_, number)};
}

}  // namespace ingot
