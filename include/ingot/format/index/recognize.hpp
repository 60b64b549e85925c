// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace ingot::detail::index {

/// Whether a file may be a JSON object: it begins with { and a key, or }, and has no zero byte,
/// which tells it from a safetensors file whose header is as long as "{\"" says.
inline bool is_json_object(std::span<const std::byte> head) noexcept {
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  constexpr std::string_view spaces = " \t\n\r";
  const std::size_t open = text.find_first_not_of(spaces);
  if (open == text.npos || text[open] != '{' || text.find('\0') != text.npos) return false;
  const std::size_t next = text.find_first_not_of(spaces, open + 1);
  return next == text.npos || text[next] == '"' || text[next] == '}';
}

}  // namespace ingot::detail::index
