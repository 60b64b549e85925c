// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <type_traits>

namespace ingot {

namespace detail {
// Numbers as their bytes in memory, reversed where the host's order isn't the wanted one.
template <std::endian Order, class T>
  requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
std::array<std::byte, sizeof(T)> ordered_bytes(T number) noexcept {
  auto bytes = std::bit_cast<std::array<std::byte, sizeof(T)>>(number);
  if constexpr (Order != std::endian::native) std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

template <class T, std::endian Order>
T load(const std::byte* from) noexcept {
  T number;
  std::memcpy(&number, from, sizeof number);
  return std::bit_cast<T>(ordered_bytes<Order>(number));
}
}  // namespace detail

/// The number whose sizeof(T) little-endian bytes start at `from`.
template <class T>
T load_little(const std::byte* from) noexcept {
  return detail::load<T, std::endian::little>(from);
}

/// The number whose sizeof(T) big-endian bytes start at `from`.
template <class T>
T load_big(const std::byte* from) noexcept {
  return detail::load<T, std::endian::big>(from);
}

/// Writes the sizeof(T) little-endian bytes of `number` at `to`.
template <class T>
void store_little(std::byte* to, T number) noexcept {
  const auto bytes = detail::ordered_bytes<std::endian::little>(number);
  std::memcpy(to, bytes.data(), bytes.size());
}

/// Writes the sizeof(T) big-endian bytes of `number` at `to`.
template <class T>
void store_big(std::byte* to, T number) noexcept {
  const auto bytes = detail::ordered_bytes<std::endian::big>(number);
  std::memcpy(to, bytes.data(), bytes.size());
}

/// Appends the little-endian bytes of `number` to a vector or string of bytes.
template <class T, class Bytes>
void append_little(Bytes& to, T number) {
  const std::size_t end = to.size();
  to.resize(end + sizeof number);
  store_little(reinterpret_cast<std::byte*>(to.data() + end), number);
}

}  // namespace ingot
