// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <ingot/core/near.hpp>

namespace ingot::detail {

/// Whether a name may be a slip of the other beyond the path that both begin with: layers.0.bias is
/// nothing like layers.0.mean, though most of it is the same.
inline bool is_near(std::string_view name, std::string_view other) {
  const auto [end, unused] = std::ranges::mismatch(name, other);
  const std::size_t dot = name.substr(0, static_cast<std::size_t>(end - name.begin())).rfind('.');
  const std::size_t common = dot == std::string_view::npos ? 0 : dot + 1;
  name.remove_prefix(common);
  other.remove_prefix(common);
  return edit_distance(name, other) <= name.size() / 3;
}

/// Names that get a suggestion: looking for it is quadratic.
inline constexpr std::size_t most_suggestions = 8;

/// The one of `others` that a name was meant to be.
inline std::optional<std::string_view> meant_by(std::string_view name,
                                                std::span<const std::string> others) {
  constexpr std::size_t most_candidates = 200;
  constexpr std::size_t longest = 100;
  if (name.size() > longest) return std::nullopt;
  const auto near =
      nearest_name(name, others.first(std::min(others.size(), most_candidates)), std::identity{});
  return near && is_near(name, *near) ? near : std::nullopt;
}

}  // namespace ingot::detail
