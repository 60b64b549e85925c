// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>
#include <new>
#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace ingot {

/// Alignment of every block of host memory that Ingot allocates: a cache line, and PyTorch's own.
inline constexpr std::size_t host_alignment = 64;

namespace detail {

/// What an allocator is asked for. Throws std::bad_array_new_length where no memory is that large.
template <class T>
constexpr std::size_t bytes_of(std::size_t count) {
  if (count > std::numeric_limits<std::size_t>::max() / 2 / sizeof(T)) {
    throw std::bad_array_new_length();
  }
  return count * sizeof(T);
}

inline constexpr std::size_t huge_page = std::size_t{1} << 21;
inline constexpr std::size_t huge_block = 2 * huge_page;

constexpr std::align_val_t alignment_of_block(std::size_t bytes) noexcept {
  return std::align_val_t{bytes >= huge_block ? huge_page : host_alignment};
}

/// Blocks of 4 MiB and more ask for huge pages: the first touch of fresh 4 KiB pages costs more
/// than copying a file's bytes into them. Throws std::bad_alloc.
inline void* allocate_host(std::size_t bytes) {
  void* block = ::operator new(bytes, alignment_of_block(bytes));
#if defined(__linux__)
  if (bytes >= huge_block) ::madvise(block, bytes, MADV_HUGEPAGE);  // advice: failing is fine
#endif
  return block;
}

inline void deallocate_host(void* block, std::size_t bytes) noexcept {
  ::operator delete(block, alignment_of_block(bytes));
}

}  // namespace detail

}  // namespace ingot
