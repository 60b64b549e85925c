// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string_view>

namespace ingot::detail {

struct hash_key {
  std::uint64_t first;
  std::uint64_t second;
};

/// A key of this process, drawn once.
inline const hash_key& process_hash_key() {
  static const hash_key key = [] {
    std::random_device random;
    const auto draw = [&] { return (std::uint64_t{random()} << 32) ^ random(); };
    return hash_key{draw(), draw()};
  }();
  return key;
}

/// SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012, with the rounds
/// that hash tables use).
inline std::uint64_t sip_hash(std::string_view text, const hash_key& key) noexcept {
  std::uint64_t a = key.first ^ 0x736f6d6570736575;
  std::uint64_t b = key.second ^ 0x646f72616e646f6d;
  std::uint64_t c = key.first ^ 0x6c7967656e657261;
  std::uint64_t d = key.second ^ 0x7465646279746573;
  const auto round = [&] {
    a += b;
    c += d;
    b = std::rotl(b, 13) ^ a;
    d = std::rotl(d, 16) ^ c;
    a = std::rotl(a, 32);
    c += b;
    a += d;
    b = std::rotl(b, 17) ^ c;
    d = std::rotl(d, 21) ^ a;
    c = std::rotl(c, 32);
  };
  const auto take = [&](std::uint64_t word) {
    d ^= word;
    round();
    a ^= word;
  };
  std::size_t done = 0;
  for (; done + 8 <= text.size(); done += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + done, sizeof word);
    take(word);
  }
  std::uint64_t last = std::uint64_t{text.size()} << 56;
  for (std::size_t i = 0; done + i < text.size(); ++i) {
    last |= std::uint64_t{static_cast<unsigned char>(text[done + i])} << (8 * i);
  }
  take(last);
  c ^= 0xff;
  round();
  round();
  round();
  return a ^ b ^ c ^ d;
}

/// The hash for tables whose keys come from files. Of std::hash, whoever writes a file can compute
/// keys that all collide, and make a table of them take the square of its size.
struct safe_hash {
  using is_transparent = void;

  std::size_t operator()(std::string_view text) const {
    return static_cast<std::size_t>(sip_hash(text, process_hash_key()));
  }
  template <std::integral Number>
  std::size_t operator()(Number number) const {
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    return (*this)(std::string_view(bytes, sizeof bytes));
  }
};

}  // namespace ingot::detail
