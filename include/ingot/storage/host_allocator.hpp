// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>
#include <new>

#include <ingot/core/memory_space.hpp>
#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace ingot {

/// Host memory, 64-byte aligned. Blocks of 4 MiB and more ask for huge pages: the first touch of
/// fresh 4 KiB pages costs more than copying a file's bytes into them.
template <class T>
class host_allocator {
 public:
  using value_type = T;

  host_allocator() = default;
  template <class U>
  host_allocator(const host_allocator<U>&) noexcept {}  // NOLINT: allocators rebind implicitly

  /// Throws std::bad_alloc.
  T* allocate(std::size_t count) {
    if (count > std::numeric_limits<std::size_t>::max() / 2 / sizeof(T)) {
      throw std::bad_array_new_length();
    }
    const std::size_t bytes = count * sizeof(T);
    void* block = ::operator new(bytes, std::align_val_t{alignment(bytes)});
#if defined(__linux__)
    if (bytes >= huge_block) ::madvise(block, bytes, MADV_HUGEPAGE);  // advice: failing is fine
#endif
    return static_cast<T*>(block);
  }

  void deallocate(T* block, std::size_t count) noexcept {
    ::operator delete(block, std::align_val_t{alignment(count * sizeof(T))});
  }

  /// The space that the bytes are in.
  const memory_space& space() const noexcept { return host_space; }

  friend bool operator==(const host_allocator&, const host_allocator&) { return true; }

 private:
  static constexpr std::size_t huge_page = std::size_t{1} << 21;
  static constexpr std::size_t huge_block = 2 * huge_page;

  static constexpr std::size_t alignment(std::size_t bytes) noexcept {
    return bytes >= huge_block ? huge_page : host_alignment;
  }
};

}  // namespace ingot
