// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace ingot {

/// Number of insertions, deletions and replacements that turn one text into the other.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

/// The candidate that a mistyped name most likely meant: at most a third of it differs. Looks at
/// names of reasonable length and at a bounded number of them: names in files may be hostile.
template <class Range, class Projection>
std::optional<std::string_view> nearest_name(std::string_view name, const Range& candidates,
                                             Projection text_of) {
  constexpr std::size_t longest = 200;
  constexpr std::size_t most = 2000;
  if (name.size() > longest) return std::nullopt;
  std::optional<std::string_view> best;
  std::size_t best_distance = name.size() / 3 + 1;
  std::size_t seen = 0;
  for (const auto& candidate : candidates) {
    if (++seen > most) break;
    const std::string_view text = text_of(candidate);
    if (text.empty() || text.size() > longest) continue;
    const std::size_t gap =
        text.size() > name.size() ? text.size() - name.size() : name.size() - text.size();
    if (gap >= best_distance) continue;
    const std::size_t distance = edit_distance(name, text);
    if (distance < best_distance) {
      best = text;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace ingot
