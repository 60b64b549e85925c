// SPDX-License-Identifier: Apache-2.0
#include "text.hpp"

#include <array>
#include <cstdio>

#include "hexadecimal.hpp"

namespace ingot::tools {

std::string human_bytes(std::uint64_t bytes) {
  constexpr std::array<const char*, 7> units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::size_t unit = 0;
  auto amount = static_cast<double>(bytes);
  // 1023.95 would be printed as 1024.0.
  for (; amount >= (unit == 0 ? 1024 : 1023.95) && unit + 1 < units.size(); ++unit) amount /= 1024;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", amount, units[unit]);
  return text.data();
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3;) text.insert(i -= 3, 1, ',');
  return text;
}

std::string printable(std::string_view text, std::size_t most) {
  std::string result;
  for (const char octet : text.substr(0, most)) {
    const auto code = static_cast<unsigned char>(octet);
    if (code < 0x20 || code == 0x7f) {
      result += "\\x" + hexadecimal({&octet, 1});
    } else {
      result += octet;
    }
  }
  if (text.size() > most) result += "...";
  return result;
}

}  // namespace ingot::tools
