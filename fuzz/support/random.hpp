// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace fuzz {

/// What a mutator decides by: everything follows from libFuzzer's seed.
class random {
 public:
  explicit random(unsigned seed) : engine_(seed) {}

  /// Less than `bound`; 0 for 0.
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : engine_() % bound; }
  bool one_in(std::size_t count) { return below(count) == 0; }

  /// A number at which bounds checks go wrong.
  std::uint64_t number() {
    constexpr std::array<std::uint64_t, 26> edges{0,          1,
                                                  2,          3,
                                                  4,          7,
                                                  8,          16,
                                                  63,         64,
                                                  65,         255,
                                                  256,        0x7fff,
                                                  0xffff,     0x10000,
                                                  0x7fffffff, 0x80000000,
                                                  0xffffffff, 0x100000000,
                                                  1ull << 61, 1ull << 62,
                                                  1ull << 63, ~0ull,
                                                  ~0ull - 7,  0x7fffffffffffffff};
    const std::uint64_t edge = edges[below(edges.size())];
    return one_in(4) ? edge + below(5) - 2 : edge;
  }

 private:
  std::minstd_rand engine_;
};

/// libFuzzer's own mutations on a part of an input.
inline void mutate_bytes(std::string& bytes, std::size_t most) {
  const std::size_t size = bytes.size() < most ? bytes.size() : most;
  bytes.resize(most);
  bytes.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(bytes.data()), size, most));
}

/// Hands a mutated input back to libFuzzer.
inline std::size_t give(const std::string& bytes, std::uint8_t* data, std::size_t most) {
  const std::size_t size = bytes.size() < most ? bytes.size() : most;
  std::memcpy(data, bytes.data(), size);
  return size;
}

}  // namespace fuzz
