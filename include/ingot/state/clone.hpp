// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ingot/state/value.hpp>

namespace ingot {

/// A copy of a state in host memory, whichever devices it is on, as it is after what the streams of
/// transfers (cuda::transfer_scope) were given before this call. (Memory that the host can reach,
/// pinned and managed memory too, is copied as it is: streams that write to it must be waited for.)
/// Returns when the copies are complete: who called may then change
/// the state, and write the copy at leisure.
value snapshot(const value& state);

}  // namespace ingot

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/state/impl/clone.hpp>
#endif
