// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ingot {

/// What a value can be: the kinds of Python object that checkpoints hold.
enum class kind : std::uint8_t {
  none,
  boolean,
  integer,  ///< of any size
  floating,
  complex,
  string,
  bytes,
  bytearray,
  list,
  tuple,
  set,
  dict,
  ordered_dict,
  counter,
  size,    ///< torch.Size
  dtype,   ///< torch.float32 and its like
  device,  ///< torch.device
  tensor,
  ndarray,  ///< a numpy array or scalar
  object,   ///< inert: what an instance of some class held
  cycle,    ///< a reference back to an object that encloses it
};

/// Python's name of a kind: "int", "OrderedDict".
constexpr std::string_view name(kind which) noexcept {
  constexpr std::array<std::string_view, 21> names{
      "none",      "bool",  "int",    "float",  "complex", "str",         "bytes",
      "bytearray", "list",  "tuple",  "set",    "dict",    "OrderedDict", "Counter",
      "Size",      "dtype", "device", "tensor", "ndarray", "object",      "cycle"};
  return names[static_cast<std::size_t>(which)];
}

/// dict, OrderedDict, Counter: keys and values, in order.
constexpr bool is_mapping(kind which) noexcept {
  return which == kind::dict || which == kind::ordered_dict || which == kind::counter;
}

/// list, tuple, set: elements, in order.
constexpr bool is_sequence(kind which) noexcept {
  return which == kind::list || which == kind::tuple || which == kind::set;
}

}  // namespace ingot
