// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace ingot::detail {

/// Throws format_error for a file that no archive recognizes, or not the one of the name `format`,
/// saying what it seems to be by its first bytes.
[[noreturn]] void refuse_unrecognized(const std::string& file, std::span<const std::byte> head,
                                      std::string_view format = {});

}  // namespace ingot::detail

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/archive/impl/unrecognized.hpp>
#endif
