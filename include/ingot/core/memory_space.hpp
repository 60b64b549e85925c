// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>

namespace ingot {

/// Where bytes can live, as a table of functions: code that never heard of CUDA moves device bytes
/// through it. A space is a constant with static lifetime; views hold its address.
struct memory_space {
  std::string_view name;  ///< PyTorch's device type: "cpu", "cuda"
  int ordinal;            ///< the device's number; -1 where there is just one
  bool host_accessible;   ///< whether the host may dereference its pointers
  void* (*allocate)(const memory_space&, std::size_t bytes);  ///< throws std::bad_alloc
  void (*deallocate)(const memory_space&, void* data, std::size_t bytes) noexcept;
  void (*copy_from_host)(const memory_space&, void* to, const void* from, std::size_t bytes);
  void (*copy_to_host)(const memory_space&, void* to, const void* from, std::size_t bytes);
};

/// Alignment of every block of host memory that Ingot allocates: a cache line, and PyTorch's own.
inline constexpr std::size_t host_alignment = 64;

namespace detail {

inline void* host_allocate(const memory_space&, std::size_t bytes) {
  return ::operator new(bytes, std::align_val_t{host_alignment});
}
inline void host_deallocate(const memory_space&, void* data, std::size_t) noexcept {
  ::operator delete(data, std::align_val_t{host_alignment});
}
inline void host_copy(const memory_space&, void* to, const void* from, std::size_t bytes) {
  if (bytes != 0) std::memcpy(to, from, bytes);
}

}  // namespace detail

/// The host's memory.
inline constexpr memory_space host_space{"cpu",
                                         -1,
                                         true,
                                         detail::host_allocate,
                                         detail::host_deallocate,
                                         detail::host_copy,
                                         detail::host_copy};

}  // namespace ingot
