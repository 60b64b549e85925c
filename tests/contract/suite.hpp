// SPDX-License-Identifier: Apache-2.0
#pragma once

// What every archive promises, as tests of the archive that the including file calls `subject`:
//
//     template <>
//     struct contract::facts<mine> : contract::defaults {};
//     using subject = mine;
//     #include "suite.hpp"

#include "array_suite.hpp"     // IWYU pragma: export
#include "failure_suite.hpp"   // IWYU pragma: export
#include "lazy_suite.hpp"      // IWYU pragma: export
#include "metadata_suite.hpp"  // IWYU pragma: export
#include "model_suite.hpp"     // IWYU pragma: export
#include "name_suite.hpp"      // IWYU pragma: export
