// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <ingot/core/checked.hpp>

namespace ingot::detail::json {

/// The number, where its text is that of a 64-bit unsigned integer: "1.0", "1e1" and "-0" are not.
inline std::optional<std::uint64_t> to_unsigned(std::string_view text) noexcept {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

/// The parts of a JSON number as serde_json 1.0 takes them (de.rs, without float_roundtrip): the
/// digits that fit in 64 bits, and a power of ten.
class decimal {
 public:
  explicit decimal(std::string_view text) : rest_(text) {
    if (!rest_.empty() && rest_.front() == '-') rest_.remove_prefix(1);
    take_digits(0);
    if (!rest_.empty() && rest_.front() == '.') {
      rest_.remove_prefix(1);
      take_digits(-1);
    }
    if (!rest_.empty()) take_exponent(rest_.substr(1));
  }

  /// Whether serde_json finds the number in the range of a double. Its products round twice, so
  /// that it refuses some numbers near the largest one; asking a better routine would disagree.
  bool is_finite() const {
    const auto number = static_cast<double>(significand_);
    if (significand_ == 0) return true;
    if (exponent_ > 308) return false;
    return exponent_ < 0 || std::isfinite(number * power_of_ten(exponent_));
  }

 private:
  static double power_of_ten(std::int64_t exponent) {
    const std::string text = "1e" + std::to_string(exponent);
    double power = 1;
    std::from_chars(text.data(), text.data() + text.size(), power);
    return power;
  }

  /// `each` is what a digit that counts adds to the exponent. The first that doesn't fit and all
  /// after it add one more instead.
  void take_digits(std::int64_t each) {
    bool fits = true;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      const auto digit = static_cast<std::uint64_t>(rest_.front() - '0');
      rest_.remove_prefix(1);
      const auto shifted = fits ? checked_multiply(significand_, std::uint64_t{10}) : std::nullopt;
      const auto sum = shifted ? checked_add(*shifted, digit) : std::nullopt;
      fits = sum.has_value();
      if (fits) significand_ = *sum;
      exponent_ += each + (fits ? 0 : 1);
    }
  }

  void take_exponent(std::string_view text) {
    const bool negative = text.front() == '-';
    if (negative || text.front() == '+') text.remove_prefix(1);
    // Larger ones decide alike, whatever the digits.
    constexpr std::int64_t most = std::int64_t{1} << 40;
    std::int64_t number = most;
    std::from_chars(text.data(), text.data() + text.size(), number);
    if (number > most) number = most;
    exponent_ += negative ? -number : number;
  }

  std::string_view rest_;
  std::uint64_t significand_ = 0;
  std::int64_t exponent_ = 0;
};

/// Whether a JSON number is in the range of a double, as serde_json decides it.
inline bool is_finite(std::string_view text) {
  // Of so few digits nothing but an exponent makes a large number.
  if (text.size() < 300 && text.find_first_of("eE") == std::string_view::npos) return true;
  return decimal(text).is_finite();
}

}  // namespace ingot::detail::json
