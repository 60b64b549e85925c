// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include <ingot/archive/contents.hpp>
#include <ingot/io/sink.hpp>
#include <ingot/io/source.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

/// PyTorch's own file: .pt, .pth, .tar, .bin, Lightning's .ckpt. What is written is read by
/// torch.load, with weights_only=True and mmap=True too, and, where the root is a plain dict and
/// the dtypes are those that LibTorch knows, by torch::pickle_load. TorchScript and torch.export
/// archives are read too.
struct zip {
  static constexpr std::string_view name = "torch-zip";
  static constexpr std::array<std::string_view, 5> suffixes{".pt", ".pth", ".tar", ".bin", ".ckpt"};

  struct write_options {};
  struct read_options {};

  static constexpr bool flat = false;

  /// Whether torch.load(weights_only=True) takes the leaf: no instance of another class, no numpy
  /// array, no dtype that PyTorch lacks.
  static bool holds(const value& leaf);

  /// Any zip file: read() says what is in it if not a state.
  static bool recognizes(std::span<const std::byte> head) noexcept;

  /// Writes a state; its bytes depend on the value alone. Tensor data stream from where they are.
  /// Throws value_error for what PyTorch can't read, and what the sink and the sources throw.
  static void write(const value& state, sink& out, const write_options& = {});

  /// Reads the structure; tensors refer to their bytes in the file. Throws format_error.
  static contents read(source_ptr in, const read_options& = {});
};

}  // namespace ingot

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/archive/impl/zip.hpp>
#endif
