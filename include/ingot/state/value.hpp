// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ingot/state/detail/entry_impl.hpp>   // IWYU pragma: export
#include <ingot/state/detail/node.hpp>         // IWYU pragma: export
#include <ingot/state/detail/value_class.hpp>  // IWYU pragma: export
#include <ingot/state/detail/value_impl.hpp>   // IWYU pragma: export
