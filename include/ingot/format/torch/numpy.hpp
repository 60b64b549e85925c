// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <ingot/format/torch/rebuild.hpp>
#include <ingot/io/memory_source.hpp>

namespace ingot::detail::torch {

/// The elements of a numpy dtype that is a plain number.
struct numpy_type {
  dtype type;
  bool big_endian;
};

/// The dtype of a pickled numpy.dtype: ('f8', align, copy) and by BUILD (version, byte order,
/// subdtype, names, ...). Nothing for structured, text, object and date types.
inline std::optional<numpy_type> find_numpy_type(const graph& objects, item what) {
  if (!objects.is(what, pickle::container_kind::object)) return std::nullopt;
  const pickle::container& made = objects.at(what);
  if (made.made_by.tag != tag::global ||
      objects.global(made.made_by).meaning != number(meaning::numpy_dtype)) {
    return std::nullopt;
  }
  const arguments given = objects.tuple(made.arguments);
  if (given.empty() || given[0].tag != tag::text) return std::nullopt;
  const auto type = find_dtype(objects.text(given[0]), &dtype_info::numpy);
  if (!type) return std::nullopt;
  bool big_endian = false;
  if (made.attributes.size() == 2 && made.attributes[1].tag == tag::tuple) {
    const arguments state = objects.tuple(made.attributes[1]);
    if (state.size() < 4 || state[1].tag != tag::text || state[2].tag != tag::none ||
        state[3].tag != tag::none) {
      return std::nullopt;
    }
    big_endian = objects.text(state[1]) == ">";
  }
  return numpy_type{*type, big_endian};
}

/// An array over bytes of the pickle, which are copied; nothing where their number is another.
inline std::optional<item> make_array(graph& objects, numpy_type type, ingot::shape extents,
                                      bool fortran, item octets) {
  const std::string_view content = objects.text(octets);
  const auto size = byte_count(extents, size_of(type.type));
  if (!size || static_cast<std::uint64_t>(*size) != content.size()) {
    throw format_error({.expected = "an array of shape " + to_string(extents),
                        .found = std::to_string(content.size()) + " bytes of it"});
  }
  objects.charge(content.size() / 8);
  const auto bytes = std::as_bytes(std::span(content));
  tensor_data made;
  extent whole{.from = from_memory({bytes.begin(), bytes.end()}, "a numpy array in the pickle"),
               .size = content.size(),
               .record = "numpy array",
               .big_endian = type.big_endian};
  made.bytes = std::make_shared<const storage>(std::move(whole));
  made.type = type.type;
  made.shape = std::move(extents);
  made.strides = fortran ? column_major_strides(made.shape) : contiguous_strides(made.shape);
  return objects.add_leaf(value::make_ndarray(std::move(made)));
}

inline bool is_octets(item what) noexcept {
  return what.tag == tag::bytes || what.tag == tag::bytearray;
}

/// scalar(dtype, bytes) and, of protocol 5, _frombuffer(bytes, dtype, shape, order). Others, and
/// object arrays, are inert; _reconstruct gets its content by BUILD.
inline std::optional<item> call_numpy(graph& objects, meaning what, arguments given) {
  if (what == meaning::numpy_scalar && given.size() == 2 && is_octets(given[1])) {
    const auto type = find_numpy_type(objects, given[0]);
    if (type) return make_array(objects, *type, {}, false, given[1]);
  }
  if (what == meaning::numpy_frombuffer && given.size() == 4 && is_octets(given[0]) &&
      given[3].tag == tag::text) {
    const auto type = find_numpy_type(objects, given[1]);
    const bool fortran = objects.text(given[3]) == "F";
    if (type) return make_array(objects, *type, extents(objects, given[2]), fortran, given[0]);
  }
  return std::nullopt;
}

/// BUILD on _reconstruct(numpy.ndarray, (0,), b'b'): (version, shape, dtype, is_fortran, bytes).
inline std::optional<item> build_array(graph& objects, const pickle::container& made, item state) {
  const arguments given = objects.tuple(made.arguments);
  if (given.empty() || given[0].tag != tag::global ||
      objects.global(given[0]).meaning != number(meaning::numpy_array_class) ||
      state.tag != tag::tuple) {
    return std::nullopt;
  }
  const arguments parts = objects.tuple(state);
  if (parts.size() != 5 || !is_octets(parts[4])) return std::nullopt;
  const auto type = find_numpy_type(objects, parts[2]);
  if (!type) return std::nullopt;
  return make_array(objects, *type, extents(objects, parts[1]), expect_bool(objects, parts[3]),
                    parts[4]);
}

}  // namespace ingot::detail::torch
