// SPDX-License-Identifier: Apache-2.0
#pragma once

// narrow() and select() of a value, which state/value.hpp declares.

#include <ingot/state/value.hpp>  // IWYU pragma: export

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/state/impl/narrow.hpp>
#endif
