// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include <ingot/format/pickle/utf8.hpp>

namespace ingot::detail::json {

/// Whether a surrogate (ed a0 80 to ed bf bf) stands in text that is UTF-8 otherwise.
inline bool has_surrogate(std::string_view text) noexcept {
  for (std::size_t at = text.find('\xed'); at != std::string_view::npos;
       at = text.find('\xed', at + 1)) {
    if (static_cast<unsigned char>(text[at + 1]) >= 0xa0) return true;
  }
  return false;
}

/// Whether text is UTF-8, without surrogates.
inline bool is_utf8(std::string_view text) noexcept {
  return pickle::is_python_text(text) && !has_surrogate(text);
}

}  // namespace ingot::detail::json
