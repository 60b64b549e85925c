// SPDX-License-Identifier: Apache-2.0
#pragma once

#if __cplusplus < 202002L
#error "Ingot needs C++20: compile with -std=c++20 (CMake: link ingot::ingot)"
#endif

// Save, load, open and state_dict, and all that they work on: without CUDA.

#include <ingot/archive/binary.hpp>        // IWYU pragma: export
#include <ingot/archive/load.hpp>          // IWYU pragma: export
#include <ingot/archive/mapped.hpp>        // IWYU pragma: export
#include <ingot/archive/open.hpp>          // IWYU pragma: export
#include <ingot/archive/save.hpp>          // IWYU pragma: export
#include <ingot/archive/save_sharded.hpp>  // IWYU pragma: export
#include <ingot/describe/members.hpp>      // IWYU pragma: export
#include <ingot/model/modules.hpp>         // IWYU pragma: export
#include <ingot/model/parameters.hpp>      // IWYU pragma: export
#include <ingot/model/training.hpp>        // IWYU pragma: export
#include <ingot/state/as.hpp>              // IWYU pragma: export
#include <ingot/state/dict.hpp>            // IWYU pragma: export
#include <ingot/state/leaves.hpp>
#include <ingot/state/load.hpp>             // IWYU pragma: export
#include <ingot/state/module.hpp>           // IWYU pragma: export
#include <ingot/state/narrow.hpp>           // IWYU pragma: export
#include <ingot/state/optimizer.hpp>        // IWYU pragma: export
#include <ingot/state/print.hpp>            // IWYU pragma: export
#include <ingot/state/state_dict.hpp>       // IWYU pragma: export
#include <ingot/state/to.hpp>               // IWYU pragma: export
#include <ingot/storage/scalar.hpp>         // IWYU pragma: export
#include <ingot/storage/shared_tensor.hpp>  // IWYU pragma: export
#include <ingot/storage/std_array.hpp>      // IWYU pragma: export
#include <ingot/storage/std_span.hpp>       // IWYU pragma: export
#include <ingot/storage/std_vector.hpp>     // IWYU pragma: export
#include <ingot/storage/tensor.hpp>         // IWYU pragma: export
