// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <ingot/core/checked.hpp>
#include <ingot/core/device.hpp>
#include <ingot/core/dlpack.hpp>
#include <ingot/core/dtype.hpp>
#include <ingot/core/element.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/map_location.hpp>
#include <ingot/core/memory_space.hpp>
#include <ingot/core/shape.hpp>
#include <ingot/state/storage.hpp>
#include <ingot/state/tensor_data.hpp>
#include <ingot/state/value.hpp>
#include <ingot/storage/tensor_ref.hpp>

namespace ingot {

namespace detail {

[[noreturn]] inline void refuse_dlpack(std::string expected, std::string found,
                                       std::string remedy = {}) {
  throw value_error({.where = "DLPack tensor",
                     .expected = std::move(expected),
                     .found = std::move(found),
                     .remedy = std::move(remedy)});
}

inline dtype dtype_of(const dlpack::data_type& type) {
  for (const dtype_info& row : dtype_table) {
    if (row.dlpack == type.code && row.size * 8 == type.bits && type.lanes == 1) return row.type;
  }
  refuse_dlpack("a type of element that PyTorch has, one a lane",
                "code " + std::to_string(type.code) + ", " + std::to_string(type.bits) + " bits, " +
                    std::to_string(type.lanes) + " lanes");
}

/// Where the tensor's bytes are. Those of a CUDA device are where `spaces` says.
inline const memory_space& space_of(const dlpack::device& where, const map_location& spaces) {
  switch (where.type) {
    case dlpack::device_type::cpu:
    case dlpack::device_type::cuda_host:
    case dlpack::device_type::cuda_managed:
      return host_space;
    case dlpack::device_type::cuda: {
      const device tag("cuda", where.id);
      if (const memory_space* space = spaces(tag)) return *space;
      refuse_dlpack("the space of " + to_string(tag), "none that was named",
                    "write from_dlpack(tensor, ingot::cuda::by_tag)");
    }
  }
  refuse_dlpack("memory of the host or of a CUDA device",
                "device type " + std::to_string(static_cast<int>(where.type)));
}

/// How the elements lie, from the first one on.
inline tensor_data view_of_dlpack(const dlpack::tensor& from) {
  tensor_data made;
  made.type = dtype_of(from.dtype);
  const auto rank = static_cast<std::size_t>(from.ndim);
  made.shape = ingot::shape(std::span<const std::int64_t>(from.shape, rank));
  made.strides = from.strides != nullptr
                     ? ingot::strides(std::span<const std::int64_t>(from.strides, rank))
                     : contiguous_strides(made.shape);
  return made;
}

inline void require_dlpack_version(const dlpack::managed_tensor& from) {
  if (from.version.major == dlpack::major_version) return;
  refuse_dlpack("version " + std::to_string(dlpack::major_version),
                "version " + std::to_string(from.version.major));
}

inline std::byte* first_of(const dlpack::tensor& from) {
  return static_cast<std::byte*>(from.data) + from.byte_offset;
}

}  // namespace detail

/// A tensor that another framework hands over, where its elements lie: no byte moves. The value
/// keeps it and gives it back (calls its deleter) when the last copy goes; where this throws, it is
/// given back at once. `spaces` says which space a CUDA device's memory is: cuda::by_tag. What its
/// producer still does to the elements on another stream must be done before they are read. Throws
/// value_error for what Ingot has no dtype or no access for.
inline value from_dlpack(dlpack::managed_tensor* from, const map_location& spaces = {}) {
  const std::shared_ptr<const void> owner(from, [](dlpack::managed_tensor* last) {
    if (last != nullptr && last->deleter != nullptr) last->deleter(last);
  });
  if (from == nullptr) detail::refuse_dlpack("a tensor", "null");
  detail::require_dlpack_version(*from);
  const dlpack::tensor& tensor = from->dl_tensor;
  tensor_data made = detail::view_of_dlpack(tensor);
  const memory_space& space = detail::space_of(tensor.device, spaces);
  const auto span = span_of(made.shape, made.strides);
  const auto bytes =
      span ? checked_multiply(*span, static_cast<std::int64_t>(size_of(made.type))) : std::nullopt;
  if (!bytes) detail::refuse_dlpack("a tensor that fits in memory", to_string(made.shape));
  made.bytes = std::make_shared<const storage>(detail::first_of(tensor),
                                               static_cast<std::uint64_t>(*bytes), space, owner);
  made.device = device_of(space);
  return value(std::move(made));
}

/// Another framework's tensor as a member of a model, which is loaded into where it lies. It must
/// outlive the result. Throws value_error where it has other elements than T, is read-only, or
/// isn't contiguous.
template <element T>
tensor_ref<T> as_tensor_ref(const dlpack::managed_tensor& from, const map_location& spaces = {}) {
  detail::require_dlpack_version(from);
  const tensor_data view = detail::view_of_dlpack(from.dl_tensor);
  if (view.type != element_traits<T>::type) {
    detail::refuse_dlpack(std::string(name(element_traits<T>::type)), std::string(name(view.type)));
  }
  if ((from.flags & dlpack::read_only) != 0) {
    detail::refuse_dlpack("one that may be written to", "a read-only one");
  }
  if (!is_contiguous(view.shape, view.strides)) {
    detail::refuse_dlpack("contiguous elements", "strides between them");
  }
  return {reinterpret_cast<T*>(detail::first_of(from.dl_tensor)), view.shape,
          detail::space_of(from.dl_tensor.device, spaces)};
}

}  // namespace ingot
