// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <ingot/state/tensor_data.hpp>

#include "diff.hpp"

namespace ingot::tools {

/// How the elements of two tensors differ.
struct element_differences {
  std::uint64_t different = 0;
  double max_absolute = 0;  ///< of the elements that differ; NaN where one of a pair is NaN
  double max_relative = 0;
  bool numbers = true;  ///< false: elements without a meaning as numbers, compared as bytes
};

/// Whether two numbers are equal within the tolerance, or both NaN.
bool within(double a, double b, const tolerance& allowed);

/// Compares tensors of one shape and dtype piece by piece. Complex numbers differ where a part
/// does.
element_differences compare_elements(const tensor_data& a, const tensor_data& b,
                                     const std::string& name, const tolerance& allowed);

}  // namespace ingot::tools
