// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <ingot/core/dtype.hpp>
#include <ingot/state/tensor_data.hpp>

namespace ingot::detail::torch {

/// What the names of the allow-list mean. From `dtypes` on, the dtype's number is added.
enum class meaning : std::uint16_t {
  none,
  ordered_dict,
  counter,
  python_dict,
  python_list,
  python_tuple,
  python_set,
  python_bytes,
  python_bytearray,
  python_complex,
  encode,
  size,
  device,
  get_layout,
  tensor_class,
  parameter_class,
  variable_class,  ///< what a tensor with a gradient was before 0.4
  rebuild_tensor,
  rebuild_tensor_v2,
  rebuild_tensor_v3,
  rebuild_parameter,
  rebuild_parameter_with_state,
  rebuild_from_type,
  rebuild_qtensor,
  rebuild_sparse,
  rebuild_meta,
  old_tensor_class,  ///< torch.FloatTensor, whose state BUILD gives
  qscheme,
  untyped_storage,
  load_from_bytes,
  numpy_array_class,
  numpy_reconstruct,
  numpy_scalar,
  numpy_frombuffer,
  numpy_dtype,
  typed_container,
  storages = 100,  ///< torch.FloatStorage
  dtypes = 200,    ///< torch.float32
};

constexpr std::uint16_t number(meaning what, dtype type = {}) noexcept {
  return static_cast<std::uint16_t>(static_cast<unsigned>(what) + static_cast<unsigned>(type));
}

namespace globals {
constexpr std::optional<dtype> in_block(std::uint16_t meaning, torch::meaning block) noexcept {
  const auto first = static_cast<std::uint16_t>(block);
  if (meaning < first || meaning >= first + dtype_table.size()) return std::nullopt;
  return static_cast<dtype>(meaning - first);
}
}  // namespace globals

/// The dtype of a storage class.
constexpr std::optional<dtype> as_storage(std::uint16_t meaning) noexcept {
  return globals::in_block(meaning, meaning::storages);
}
/// The dtype that a global is.
constexpr std::optional<dtype> as_dtype(std::uint16_t meaning) noexcept {
  return globals::in_block(meaning, torch::meaning::dtypes);
}

/// The name of a dtype without a storage class in Python, before "Storage" in a pickle by LibTorch:
/// c10::toString(ScalarType), "UInt16" or "Float8_e5m2" (torch/headeronly/core/ScalarType.h).
inline std::string libtorch_name(dtype type) {
  if (type == dtype::complex32) return "ComplexHalf";
  std::string name(ingot::name(type));
  const std::size_t capitals = name.starts_with("uint") ? 2 : 1;
  for (std::size_t i = 0; i < capitals; ++i) name[i] = static_cast<char>(name[i] - 'a' + 'A');
  return name;
}

/// The allow-list: torch.load(weights_only=True)'s own (torch/_weights_only_unpickler.py, 2.13) and
/// numpy's arrays and scalars. A name outside of it isn't an error: its objects are inert.
inline std::uint16_t find_meaning(std::string_view name) {
  using enum meaning;
  static constexpr std::array<std::pair<std::string_view, meaning>, 48> fixed{{
      {"collections.OrderedDict", ordered_dict},
      {"collections.Counter", counter},
      {"builtins.dict", python_dict},
      {"builtins.list", python_list},
      {"builtins.tuple", python_tuple},
      {"builtins.set", python_set},
      {"builtins.bytes", python_bytes},
      {"builtins.bytearray", python_bytearray},
      {"builtins.complex", python_complex},
      {"_codecs.encode", encode},
      {"torch.Size", size},
      {"torch.device", device},
      {"torch.serialization._get_layout", get_layout},
      {"torch.Tensor", tensor_class},
      {"torch.nn.parameter.Parameter", parameter_class},
      {"torch._utils._rebuild_tensor", rebuild_tensor},
      {"torch._utils._rebuild_tensor_v2", rebuild_tensor_v2},
      {"torch._utils._rebuild_tensor_v3", rebuild_tensor_v3},
      {"torch._utils._rebuild_parameter", rebuild_parameter},
      {"torch._utils._rebuild_parameter_with_state", rebuild_parameter_with_state},
      {"torch._tensor._rebuild_from_type_v2", rebuild_from_type},
      {"torch._utils._rebuild_qtensor", rebuild_qtensor},
      {"torch._utils._rebuild_sparse_tensor", rebuild_sparse},
      {"torch._utils._rebuild_meta_tensor_no_storage", rebuild_meta},
      {"torch.storage.UntypedStorage", untyped_storage},
      {"torch.UntypedStorage", untyped_storage},
      {"torch.cuda.UntypedStorage", untyped_storage},
      {"torch.storage._load_from_bytes", load_from_bytes},
      {"numpy.ndarray", numpy_array_class},
      {"numpy.dtype", numpy_dtype},
      {"numpy.core.multiarray._reconstruct", numpy_reconstruct},
      {"numpy._core.multiarray._reconstruct", numpy_reconstruct},
      {"numpy.core.multiarray.scalar", numpy_scalar},
      {"numpy._core.multiarray.scalar", numpy_scalar},
      {"numpy.core.numeric._frombuffer", numpy_frombuffer},
      {"numpy._core.numeric._frombuffer", numpy_frombuffer},
      // TorchScript's pickles say so what a list or dict holds.
      {"torch.jit._pickle.restore_type_tag", typed_container},
      {"torch.jit._pickle.build_intlist", typed_container},
      {"torch.jit._pickle.build_doublelist", typed_container},
      {"torch.jit._pickle.build_boollist", typed_container},
      {"torch.jit._pickle.build_tensorlist", typed_container},
      // Other names that some of these had or have.
      {"torch.tensor._rebuild_from_type_v2", rebuild_from_type},
      {"torch.nn.Parameter", parameter_class},
      {"torch.nn.parameter.Buffer", tensor_class},
      {"torch._C.Size", size},
      {"torch._C.device", device},
      {"torch._tensor.Tensor", tensor_class},
      {"torch.autograd.variable.Variable", variable_class},
  }};
  static const std::unordered_map<std::string, std::uint16_t> table = [] {
    std::unordered_map<std::string, std::uint16_t> made;
    for (const auto& [known, what] : fixed) made.emplace(known, number(what));
    for (const std::string_view scheme : qschemes) {
      made.emplace("torch." + std::string(scheme), number(qscheme));
    }
    for (const dtype_info& row : dtype_table) {
      if (!row.in_torch) continue;
      made.emplace("torch." + std::string(row.name), number(dtypes, row.type));
      if (row.storage.empty()) {
        made.emplace("torch." + libtorch_name(row.type) + "Storage", number(storages, row.type));
        continue;
      }
      const std::string start(row.storage);
      for (const char* module : {"torch.", "torch.cuda."}) {
        made.emplace(module + start + "Storage", number(storages, row.type));
        made.emplace(module + start + "Tensor", number(old_tensor_class));
      }
    }
    return made;
  }();
  const auto found = table.find(std::string(name));
  return found == table.end() ? std::uint16_t{0} : found->second;
}

}  // namespace ingot::detail::torch
