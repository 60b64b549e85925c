// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string_view>

namespace ingot {

/// The element types of a stored tensor, by PyTorch's names (torch.dtype). The q* types are the raw
/// integers of a quantized tensor; bits* and the *x2, *x4, *x8 types pack several elements a unit,
/// and a tensor's shape counts the packed units, as PyTorch's does. The float6 types are only
/// safetensors': PyTorch has none.
enum class dtype : std::uint8_t {
  float64,
  float32,
  float16,
  bfloat16,
  int64,
  int32,
  int16,
  int8,
  uint8,
  boolean,
  complex64,
  complex128,
  uint16,
  uint32,
  uint64,
  complex32,
  float8_e4m3fn,
  float8_e5m2,
  float8_e4m3fnuz,
  float8_e5m2fnuz,
  float8_e8m0fnu,
  float4_e2m1fn_x2,
  float6_e2m3fn_x4,
  float6_e3m2fn_x4,
  bits8,
  bits16,
  bits1x8,
  bits2x4,
  bits4x2,
  qint8,
  quint8,
  qint32,
  quint4x2,
  quint2x4,
};

/// What a dtype is called in each format, and its size. An empty name: the format can't hold it.
struct dtype_info {
  dtype type;
  std::uint8_t size;             ///< bytes an element (a packed unit)
  std::uint8_t swap;             ///< bytes that big-endian files reverse together
  std::string_view name;         ///< torch.<name>
  std::string_view storage;      ///< torch.<name>Storage; empty: stored as UntypedStorage
  std::string_view safetensors;  ///< the name in a safetensors header
  std::string_view numpy;        ///< the kind and size of a numpy descr, without byte order
  std::int8_t pt2;               ///< the code in a torch.export archive; -1: none
  std::int8_t dlpack;            ///< DLPack's code of the kind of number; -1: none
  std::uint8_t per_unit = 1;     ///< elements that safetensors counts for each of ours
  bool in_torch = true;          ///< whether PyTorch has it
};

/// One row a dtype, in the order of the enum. Sources: torch/storage.py, the safetensors README,
/// numpy.lib.format, torch/_export/serde/schema.py, DLPack's DLDataTypeCode.
inline constexpr std::array<dtype_info, 34> dtype_table{{
    {dtype::float64, 8, 8, "float64", "Double", "F64", "f8", 8, 2},
    {dtype::float32, 4, 4, "float32", "Float", "F32", "f4", 7, 2},
    {dtype::float16, 2, 2, "float16", "Half", "F16", "f2", 6, 2},
    {dtype::bfloat16, 2, 2, "bfloat16", "BFloat16", "BF16", "", 13, 4},
    {dtype::int64, 8, 8, "int64", "Long", "I64", "i8", 5, 0},
    {dtype::int32, 4, 4, "int32", "Int", "I32", "i4", 4, 0},
    {dtype::int16, 2, 2, "int16", "Short", "I16", "i2", 3, 0},
    {dtype::int8, 1, 1, "int8", "Char", "I8", "i1", 2, 0},
    {dtype::uint8, 1, 1, "uint8", "Byte", "U8", "u1", 1, 1},
    {dtype::boolean, 1, 1, "bool", "Bool", "BOOL", "b1", 12, 6},
    {dtype::complex64, 8, 4, "complex64", "ComplexFloat", "C64", "c8", 10, 5},
    {dtype::complex128, 16, 8, "complex128", "ComplexDouble", "", "c16", 11, 5},
    {dtype::uint16, 2, 2, "uint16", "", "U16", "u2", 28, 1},
    {dtype::uint32, 4, 4, "uint32", "", "U32", "u4", 34, 1},
    {dtype::uint64, 8, 8, "uint64", "", "U64", "u8", 35, 1},
    {dtype::complex32, 4, 2, "complex32", "", "", "", 9, 5},
    {dtype::float8_e4m3fn, 1, 1, "float8_e4m3fn", "", "F8_E4M3", "", 29, 10},
    {dtype::float8_e5m2, 1, 1, "float8_e5m2", "", "F8_E5M2", "", 30, 12},
    {dtype::float8_e4m3fnuz, 1, 1, "float8_e4m3fnuz", "", "F8_E4M3FNUZ", "", 31, 11},
    {dtype::float8_e5m2fnuz, 1, 1, "float8_e5m2fnuz", "", "F8_E5M2FNUZ", "", 32, 13},
    {dtype::float8_e8m0fnu, 1, 1, "float8_e8m0fnu", "", "F8_E8M0", "", 33, 14},
    {dtype::float4_e2m1fn_x2, 1, 1, "float4_e2m1fn_x2", "", "F4", "", -1, -1, 2},
    {dtype::float6_e2m3fn_x4, 3, 1, "float6_e2m3fn_x4", "", "F6_E2M3", "", -1, -1, 4, false},
    {dtype::float6_e3m2fn_x4, 3, 1, "float6_e3m2fn_x4", "", "F6_E3M2", "", -1, -1, 4, false},
    {dtype::bits8, 1, 1, "bits8", "", "", "", -1, -1},
    {dtype::bits16, 2, 2, "bits16", "", "", "", -1, -1},
    {dtype::bits1x8, 1, 1, "bits1x8", "", "", "", -1, -1},
    {dtype::bits2x4, 1, 1, "bits2x4", "", "", "", -1, -1},
    {dtype::bits4x2, 1, 1, "bits4x2", "", "", "", -1, -1},
    {dtype::qint8, 1, 1, "qint8", "QInt8", "", "", -1, -1},
    {dtype::quint8, 1, 1, "quint8", "QUInt8", "", "", -1, -1},
    {dtype::qint32, 4, 4, "qint32", "QInt32", "", "", -1, -1},
    {dtype::quint4x2, 1, 1, "quint4x2", "QUInt4x2", "", "", -1, -1},
    {dtype::quint2x4, 1, 1, "quint2x4", "QUInt2x4", "", "", -1, -1},
}};

/// The row of a dtype.
constexpr const dtype_info& info(dtype type) noexcept {
  return dtype_table[static_cast<std::size_t>(type)];
}

/// Bytes an element.
constexpr std::size_t size_of(dtype type) noexcept { return info(type).size; }

/// PyTorch's name: "float32", "bool".
constexpr std::string_view name(dtype type) noexcept { return info(type).name; }

/// The dtype of which `column` of the table is `text`, if there is one.
constexpr std::optional<dtype> find_dtype(
    std::string_view text, std::string_view dtype_info::* column = &dtype_info::name) {
  if (text.empty()) return std::nullopt;
  for (const dtype_info& row : dtype_table) {
    if (row.*column == text) return row.type;
  }
  return std::nullopt;
}

constexpr bool is_quantized(dtype type) noexcept { return type >= dtype::qint8; }

constexpr bool is_complex(dtype type) noexcept {
  return type == dtype::complex32 || type == dtype::complex64 || type == dtype::complex128;
}

constexpr bool is_floating_point(dtype type) noexcept {
  return type <= dtype::bfloat16 ||
         (type >= dtype::float8_e4m3fn && type <= dtype::float6_e3m2fn_x4);
}

/// Prints as PyTorch does: torch.float32.
inline std::ostream& operator<<(std::ostream& out, dtype type) {
  return out << "torch." << name(type);
}

}  // namespace ingot
