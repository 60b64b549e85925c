// SPDX-License-Identifier: Apache-2.0
#pragma once

// The functions that are no templates are compiled in each file that includes them, or, where
// INGOT_SEPARATE_COMPILATION is defined, once: in the file that includes
// <ingot/implementation.hpp>. Their bodies are in the folders impl/, which only that header
// includes then, and which the header that declares them includes else. All files of a program
// agree on it: where they don't, nobody says so, and which bodies are taken is the linker's choice.

#ifdef INGOT_SEPARATE_COMPILATION
#define INGOT_INLINE
#else
#define INGOT_INLINE inline
#endif
