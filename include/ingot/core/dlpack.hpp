// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// The binary interface of DLPack 1, by which frameworks hand tensors to one another without a copy:
// https://dmlc.github.io/dlpack/latest/c_api.html. Our own declarations, under its names, so that
// nobody needs its header; pointers to its structs are pointers to these.
namespace ingot::dlpack {

/// What the structs below are laid out by (DLPACK_MAJOR_VERSION, DLPACK_MINOR_VERSION).
inline constexpr std::uint32_t major_version = 1;
inline constexpr std::uint32_t minor_version = 1;

struct version {  // DLPackVersion
  std::uint32_t major;
  std::uint32_t minor;
};

enum class device_type : std::int32_t {  // DLDeviceType: those that Ingot can reach
  cpu = 1,
  cuda = 2,
  cuda_host = 3,      ///< page-locked
  cuda_managed = 13,  ///< shared by host and devices
};

struct device {  // DLDevice
  device_type type;
  std::int32_t id;
};

struct data_type {      // DLDataType
  std::uint8_t code;    ///< DLDataTypeCode; dtype_info::dlpack
  std::uint8_t bits;    ///< of an element
  std::uint16_t lanes;  ///< 1, but for vectors
};

struct tensor {  // DLTensor
  void* data;
  dlpack::device device;
  std::int32_t ndim;
  data_type dtype;
  std::int64_t* shape;
  std::int64_t* strides;  ///< in elements; null, from old producers: contiguous
  std::uint64_t byte_offset;
};

inline constexpr std::uint64_t read_only = 1;  ///< DLPACK_FLAG_BITMASK_READ_ONLY

/// A tensor with what keeps it: whoever has it calls the deleter, unless that is null, once.
struct managed_tensor {  // DLManagedTensorVersioned
  dlpack::version version;
  void* manager_ctx;
  void (*deleter)(managed_tensor* self);
  std::uint64_t flags;
  tensor dl_tensor;
};

}  // namespace ingot::dlpack
