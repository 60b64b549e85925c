// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>

#include <ingot/archive/archive.hpp>
#include <ingot/io/source.hpp>

namespace ingot::detail {

/// Enough to tell formats apart: a tar's mark is at byte 257.
inline constexpr std::size_t head_size = 512;

template <class Use>
auto with_head(const source& from, Use use) {
  std::array<std::byte, head_size> buffer{};
  const auto head = std::span(buffer).first(
      static_cast<std::size_t>(std::min<std::uint64_t>(from.size(), head_size)));
  from.read(0, head);
  return use(std::span<const std::byte>(head));
}

/// Of ASCII letters, as names of files are compared.
inline bool same_but_for_case(std::string_view a, std::string_view b) {
  const auto lower = [](char each) {
    return each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
  };
  return std::ranges::equal(a, b, {}, lower, lower);
}

template <readable_archive... Archives>
struct archive_list {
  /// Calls `use.template operator()<A>()` for the archive that writes files with the suffix, in any
  /// case, and returns whether there is one.
  template <class Use>
  static bool with_suffix(std::string_view suffix, Use use) {
    return (use_for_suffix<Archives>(suffix, use) || ...);
  }

  /// The same for the archive that recognizes the head of a file.
  template <class Use>
  static bool with_recognized(std::span<const std::byte> head, Use use) {
    return ((Archives::recognizes(head) && (use.template operator()<Archives>(), true)) || ...);
  }

  /// Calls `use.template operator()<A>()` for each archive that writes files, in order.
  template <class Use>
  static void for_each_writer(Use use) {
    (use_writer<Archives>(use), ...);
  }

 private:
  template <class A, class Use>
  static void use_writer(Use& use) {
    if constexpr (archive<A>) use.template operator()<A>();
  }

  template <class A, class Use>
  static bool use_for_suffix(std::string_view suffix, Use use) {
    if constexpr (archive<A>) {
      const bool writes =
          std::any_of(std::begin(A::suffixes), std::end(A::suffixes),
                      [&](std::string_view each) { return same_but_for_case(each, suffix); });
      if (!writes) return false;
      use.template operator()<A>();
      return true;
    } else {
      return false;
    }
  }
};

}  // namespace ingot::detail
