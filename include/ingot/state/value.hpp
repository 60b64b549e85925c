// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ingot/state/detail/value_class.hpp>      // IWYU pragma: export
#include <ingot/state/detail/value_templates.hpp>  // IWYU pragma: export

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/state/impl/entry.hpp>
#include <ingot/state/impl/value.hpp>
#endif
