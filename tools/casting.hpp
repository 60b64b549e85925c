// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ingot/core/dtype.hpp>
#include <ingot/state/value.hpp>

namespace ingot::tools {

/// The tree with its floating-point tensors of another dtype. Elements are converted as they are
/// read; a file's checksums are checked now, for what is read later has none. Shared storages stay
/// shared. Throws value_error where one storage is seen as two dtypes.
value cast_floating_point(const value& root, dtype to);

}  // namespace ingot::tools
