// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#if __has_feature(address_sanitizer)
#include <sanitizer/allocator_interface.h>
#endif

namespace fuzz {

/// Stops the fuzzer: a promise is broken.
[[noreturn]] inline void fail(const char* what) {
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

/// Bytes of the heap that are in use, as the address sanitizer's allocator tells; without it
/// nothing is measured.
class heap {
 public:
  static void watch() {
#if __has_feature(address_sanitizer)
    static const int installed = __sanitizer_install_malloc_and_free_hooks(taken, given_back);
    if (installed == 0) fail("the allocator's hooks can't be installed");
#endif
  }

  static std::size_t in_use() noexcept { return in_use_; }
  static void forget_peak() noexcept { peak_ = in_use_; }
  static std::size_t peak() noexcept { return peak_; }

 private:
#if __has_feature(address_sanitizer)
  static void taken(const volatile void*, std::size_t size) {
    in_use_ += size;
    if (in_use_ > peak_) peak_ = in_use_;
  }
  static void given_back(const volatile void* block) {
    if (block == nullptr) return;
    const std::size_t size = __sanitizer_get_allocated_size(const_cast<const void*>(block));
    in_use_ -= size < in_use_ ? size : in_use_;  // taken before watch()
  }
#endif

  static inline std::size_t in_use_ = 0;
  static inline std::size_t peak_ = 0;
};

/// Runs `parse`, which gets `size` bytes of a file, and requires that it never holds more memory
/// than `times` the file and 256 KiB.
template <class Parse>
decltype(auto) in_proportion(std::size_t size, std::size_t times, Parse parse) {
  struct meter {
    std::size_t before = (heap::watch(), heap::forget_peak(), heap::in_use());
    std::size_t most;
    ~meter() {
      if (heap::peak() - before > most) fail("memory out of proportion to the file");
    }
  } measured{.most = times * size + (std::size_t{256} << 10)};
  return parse();
}

}  // namespace fuzz
