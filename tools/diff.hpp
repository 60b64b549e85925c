// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include <ingot/state/value.hpp>

namespace ingot::tools {

/// Two numbers a, b are equal where |a - b| <= absolute + relative * |b|, or both are NaN.
struct tolerance {
  double relative = 0;
  double absolute = 0;
};

/// The two sides of a comparison and what to call them.
struct compared_pair {
  const value& a;
  const value& b;
  std::string a_name;
  std::string b_name;
};

/// Prints a line for each difference (keys, kinds, shapes, dtypes, values) and returns how many
/// there are. Real numbers of two dtypes are compared, too. The order of keys, the kind of dict,
/// attributes, strides and shared storages are no difference.
std::uint64_t print_differences(std::ostream& out, const compared_pair& files,
                                const tolerance& allowed);

}  // namespace ingot::tools
