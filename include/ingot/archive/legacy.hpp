// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include <ingot/archive/contents.hpp>
#include <ingot/io/source.hpp>

namespace ingot {

/// PyTorch's files of before 1.6, and of before 0.1.10 (a tar), and bare pickles, in which tensors
/// are such files. Only to be read: PyTorch itself writes them no more.
struct legacy {
  static constexpr std::string_view name = "torch-legacy";

  struct read_options {};

  /// Any pickle of protocol 2 to 5, any tar file: read() says what is in it if not a state.
  static bool recognizes(std::span<const std::byte> head) noexcept;

  /// Reads the structure; tensors refer to their bytes in the file. Throws format_error.
  static contents read(const source_ptr& in, const read_options& = {});
};

}  // namespace ingot

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/archive/impl/legacy.hpp>
#endif
