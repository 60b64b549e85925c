// SPDX-License-Identifier: Apache-2.0
// A second file with all of the library: what both define must be there once when they are linked.
#include <ingot/ingot.hpp>
