// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <ingot/core/host_memory.hpp>
#include <ingot/core/memory_space.hpp>

namespace ingot {

/// Host memory, 64-byte aligned; large blocks in huge pages, where the system has them.
template <class T>
class host_allocator {
 public:
  using value_type = T;

  host_allocator() = default;
  template <class U>
  host_allocator(const host_allocator<U>&) noexcept {}  // NOLINT: allocators rebind implicitly

  /// Throws std::bad_alloc.
  T* allocate(std::size_t count) {
    return static_cast<T*>(detail::allocate_host(detail::bytes_of<T>(count)));
  }

  void deallocate(T* block, std::size_t count) noexcept {
    detail::deallocate_host(block, count * sizeof(T));
  }

  /// The space that the bytes are in.
  const memory_space& space() const noexcept { return host_space; }

  friend bool operator==(const host_allocator&, const host_allocator&) { return true; }
};

}  // namespace ingot
