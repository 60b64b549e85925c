// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <ingot/core/dtype.hpp>
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

/// Whether elements of the dtypes can be compared: those of one, and real numbers with each other.
bool comparable_elements(dtype a, dtype b);

/// Compares strided tensors of one shape and such dtypes piece by piece, those of two as float64.
/// Complex numbers differ where a part does.
element_differences compare_elements(const tensor_data& a, const tensor_data& b,
                                     const std::string& name, const tolerance& allowed);

}  // namespace ingot::tools
