// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <ingot/container/zip_format.hpp>

namespace ingot::detail {

constexpr char ascii_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Members by name. Sorted by a hash and then by the name itself: names made to
/// collide cost a sort, where in a hash table they would cost a square.
class zip_names {
 public:
  /// `members` have a `name`.
  template <class Member>
  zip_names(const std::vector<Member>& members, zip_case names)
      : ignores_case_(names == zip_case::ignored) {
    keys_.reserve(members.size());
    for (std::size_t i = 0; i < members.size(); ++i) keys_.push_back({hash(members[i].name), i});
    std::sort(keys_.begin(), keys_.end(), [&](const key& a, const key& b) {
      if (a.hash != b.hash) return a.hash < b.hash;
      return less(members[a.index].name, members[b.index].name);
    });
  }

  /// A member that has the name of another one.
  template <class Member>
  const Member* duplicate(const std::vector<Member>& members) const {
    const auto found =
        std::adjacent_find(keys_.begin(), keys_.end(), [&](const key& a, const key& b) {
          return a.hash == b.hash && !less(members[a.index].name, members[b.index].name);
        });
    return found == keys_.end() ? nullptr : &members[found->index];
  }

  template <class Member>
  const Member* find(const std::vector<Member>& members, std::string_view name) const {
    const std::uint64_t wanted = hash(name);
    const auto found =
        std::lower_bound(keys_.begin(), keys_.end(), wanted, [&](const key& a, std::uint64_t hash) {
          if (a.hash != hash) return a.hash < hash;
          return less(members[a.index].name, name);
        });
    if (found == keys_.end() || found->hash != wanted) return nullptr;
    const Member& member = members[found->index];
    return less(name, member.name) ? nullptr : &member;
  }

 private:
  struct key {
    std::uint64_t hash;
    std::size_t index;
  };

  // FNV-1a.
  std::uint64_t hash(std::string_view name) const noexcept {
    std::uint64_t state = 0xcbf29ce484222325;
    for (const char c : name) {
      const char letter = ignores_case_ ? ascii_lower(c) : c;
      state = (state ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
    }
    return state;
  }

  bool less(std::string_view a, std::string_view b) const noexcept {
    if (!ignores_case_) return a < b;
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
      return ascii_lower(x) < ascii_lower(y);
    });
  }

  bool ignores_case_;
  std::vector<key> keys_;
};

}  // namespace ingot::detail
