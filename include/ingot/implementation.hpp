// SPDX-License-Identifier: Apache-2.0
#pragma once

// One file of a program that is compiled with INGOT_SEPARATE_COMPILATION everywhere includes this:
// it has the bodies of what the other headers then only declare. CMake: link ingot::compiled.

#ifndef INGOT_SEPARATE_COMPILATION
#error "Define INGOT_SEPARATE_COMPILATION for all files, or include no <ingot/implementation.hpp>"
#endif

#include <ingot/archive/impl/binary.hpp>        // IWYU pragma: export
#include <ingot/archive/impl/known.hpp>         // IWYU pragma: export
#include <ingot/archive/impl/legacy.hpp>        // IWYU pragma: export
#include <ingot/archive/impl/mapped.hpp>        // IWYU pragma: export
#include <ingot/archive/impl/npy.hpp>           // IWYU pragma: export
#include <ingot/archive/impl/npz.hpp>           // IWYU pragma: export
#include <ingot/archive/impl/open.hpp>          // IWYU pragma: export
#include <ingot/archive/impl/save.hpp>          // IWYU pragma: export
#include <ingot/archive/impl/save_sharded.hpp>  // IWYU pragma: export
#include <ingot/archive/impl/sharded.hpp>       // IWYU pragma: export
#include <ingot/archive/impl/unrecognized.hpp>  // IWYU pragma: export
#include <ingot/archive/impl/zip.hpp>           // IWYU pragma: export
#include <ingot/state/impl/as.hpp>              // IWYU pragma: export
#include <ingot/state/impl/cast.hpp>            // IWYU pragma: export
#include <ingot/state/impl/clone.hpp>           // IWYU pragma: export
#include <ingot/state/impl/entry.hpp>           // IWYU pragma: export
#include <ingot/state/impl/load.hpp>            // IWYU pragma: export
#include <ingot/state/impl/load_plan.hpp>       // IWYU pragma: export
#include <ingot/state/impl/load_report.hpp>     // IWYU pragma: export
#include <ingot/state/impl/module.hpp>          // IWYU pragma: export
#include <ingot/state/impl/narrow.hpp>          // IWYU pragma: export
#include <ingot/state/impl/print.hpp>           // IWYU pragma: export
#include <ingot/state/impl/value.hpp>           // IWYU pragma: export
