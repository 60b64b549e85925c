// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ingot/core/device.hpp>
#include <ingot/core/dlpack.hpp>
#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/tensor_traits.hpp>
#include <ingot/state/read.hpp>
#include <ingot/state/tensor_data.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

namespace detail {

/// What a tensor that was handed out refers to.
struct dlpack_export {
  dlpack::managed_tensor handle{};
  tensor_data tensor{};
  std::vector<std::int64_t> shape{};
  std::vector<std::int64_t> strides{};
};

inline dlpack::device dlpack_device(const memory_space& space) {
  if (space.host_accessible) return {dlpack::device_type::cpu, 0};
  if (space.name == "cuda") return {dlpack::device_type::cuda, space.ordinal};
  throw value_error({.where = "to_dlpack",
                     .expected = "memory of the host or of a CUDA device",
                     .found = "a tensor on " + to_string(device_of(space))});
}

inline dlpack::managed_tensor* export_tensor(tensor_data tensor, std::uint64_t flags) {
  require_strided(tensor, "to_dlpack");
  const std::int8_t code = info(tensor.type).dlpack;
  if (code < 0 || tensor.quantizer) {
    throw value_error({.where = "to_dlpack",
                       .expected = "elements that DLPack has a type for",
                       .found = std::string(name(tensor.type))});
  }
  if (!tensor.bytes->in_memory() || needs_resolving(tensor)) {
    throw value_error({.where = "to_dlpack",
                       .expected = "a tensor whose elements lie in memory as they are meant",
                       .found = tensor.bytes->in_memory() ? "a conjugate or negative view"
                                                          : "a tensor of an open file",
                       .remedy = "load it into a tensor first, or clone() the file's"});
  }
  const dlpack::device where = dlpack_device(tensor.bytes->space());
  auto made = std::make_unique<dlpack_export>();
  made->tensor = std::move(tensor);
  const tensor_data& kept = made->tensor;
  made->shape.assign(kept.shape.begin(), kept.shape.end());
  made->strides.assign(kept.strides.begin(), kept.strides.end());
  const std::size_t element = size_of(kept.type);
  std::byte* const first =
      const_cast<std::byte*>(kept.bytes->data()) + static_cast<std::size_t>(kept.offset) * element;
  made->handle = {
      {dlpack::major_version, dlpack::minor_version},
      made.get(),
      [](dlpack::managed_tensor* self) { delete static_cast<dlpack_export*>(self->manager_ctx); },
      flags,
      {element_count(kept.shape) == 0 ? nullptr : first,
       where,
       static_cast<std::int32_t>(kept.shape.rank()),
       {static_cast<std::uint8_t>(code), static_cast<std::uint8_t>(8 * element), 1},
       made->shape.data(),
       made->strides.data(),
       0}};
  return &made.release()->handle;
}

}  // namespace detail

/// Hands a tensor to another framework where its elements lie: no byte moves. Who takes it calls
/// its deleter once, which is the last that is needed of it here: a value's bytes are kept until
/// then (those of a model that a state_dict refers to, no longer than the model). Values don't
/// change: it is marked read-only. Throws value_error for what DLPack can't say.
inline dlpack::managed_tensor* to_dlpack(const value& tensor) {
  return detail::export_tensor(tensor.tensor(), dlpack::read_only);
}

/// The same of a tensor object, which may be written to and must outlive what takes it. Throws
/// value_error, too, where it was never given a shape.
template <tensor_like T>
dlpack::managed_tensor* to_dlpack(T& tensor) {
  return detail::export_tensor(detail::refer_to(tensor, nullptr), 0);
}

}  // namespace ingot
