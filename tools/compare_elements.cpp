// SPDX-License-Identifier: Apache-2.0
#include "compare_elements.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include <ingot/state/cast.hpp>

#include "elements.hpp"

namespace ingot::tools {

namespace {

using bytes_view = std::span<const std::byte>;

/// The greater one, NaN counting as the greatest.
double worse(double a, double b) { return std::isnan(a) || a > b ? a : b; }

void note(element_differences& found, double a, double b) {
  ++found.different;
  const double gap = std::abs(a - b);
  found.max_absolute = worse(gap, found.max_absolute);
  found.max_relative = worse(gap / std::abs(b), found.max_relative);
}

class comparison {
 public:
  comparison(dtype a, dtype b, const tolerance& allowed)
      : a_type_(a), b_type_(b), allowed_(allowed), parts_(is_complex(a) ? 2 : 1) {
    found.numbers = can_cast(a, wide_type()) && can_cast(b, wide_type());
  }

  element_differences found;

  void operator()(bytes_view a, bytes_view b) {
    const bool same_type = a_type_ == b_type_;
    if (same_type && std::ranges::equal(a, b)) return;
    if (found.numbers) {
      widen(a, a_type_, a_wide_);
      widen(b, b_type_, b_wide_);
    }
    const std::size_t size = size_of(a_type_);
    for (std::size_t i = 0; i * size < a.size(); ++i) {
      if (same_type && std::memcmp(&a[i * size], &b[i * size], size) == 0) continue;
      if (found.numbers) {
        compare_numbers(i);
      } else {
        ++found.different;
      }
    }
  }

 private:
  dtype wide_type() const { return parts_ == 2 ? dtype::complex128 : dtype::float64; }

  bool is_exact_integer() const {
    return a_type_ == b_type_ && !is_floating_point(a_type_) && !is_complex(a_type_) &&
           allowed_.absolute == 0 && allowed_.relative == 0;
  }

  void widen(bytes_view from, dtype type, std::vector<double>& to) const {
    const std::size_t count = from.size() / size_of(type);
    to.resize(count * parts_);
    cast_elements(from.data(), type, reinterpret_cast<std::byte*>(to.data()), wide_type(), count);
  }

  void compare_numbers(std::size_t index) {
    for (std::size_t part = index * parts_; part < (index + 1) * parts_; ++part) {
      const double a = a_wide_[part];
      const double b = b_wide_[part];
      // Two large integers may be the same double.
      if (!is_exact_integer() && within(a, b, allowed_)) continue;
      return note(found, a, b);
    }
  }

  dtype a_type_;
  dtype b_type_;
  tolerance allowed_;
  std::size_t parts_;
  std::vector<double> a_wide_;
  std::vector<double> b_wide_;
};

}  // namespace

bool within(double a, double b, const tolerance& allowed) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (a == b) return true;
  if (std::isinf(a) || std::isinf(b)) return false;
  return std::abs(a - b) <= allowed.absolute + allowed.relative * std::abs(b);
}

bool comparable_elements(dtype a, dtype b) {
  return a == b || (can_cast(a, dtype::float64) && can_cast(b, dtype::float64));
}

element_differences compare_elements(const tensor_data& a, const tensor_data& b,
                                     const std::string& name, const tolerance& allowed) {
  const element_reader left(a, name);
  const element_reader right(b, name);
  comparison compare(a.type, b.type, allowed);
  std::uint64_t offset = 0;
  std::vector<std::byte> other;
  for_each_piece(left, [&](bytes_view piece) {
    other.resize(piece.size() / size_of(a.type) * size_of(b.type));
    right.read(offset, other);
    compare(piece, other);
    offset += other.size();
  });
  return compare.found;
}

}  // namespace ingot::tools
