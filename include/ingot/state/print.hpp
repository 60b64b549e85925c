// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <string>

#include <ingot/state/dict.hpp>

namespace ingot {

/// The decimal digits of an int value of any size. Quadratic in its length, which readers bound.
std::string decimal(const value& integer);

/// Prints a scalar as Python's str() does, and what has parts as one short line: containers may be
/// as deep as their file liked. A tensor prints its shape, as in PyTorch's tutorial.
std::ostream& operator<<(std::ostream& out, const value& what);

/// Prints a line an item, as PyTorch's tutorial does: `linear1.weight   torch.Size([8, 2])`.
std::ostream& operator<<(std::ostream& out, const dict& state);

}  // namespace ingot

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/state/impl/print.hpp>
#endif
