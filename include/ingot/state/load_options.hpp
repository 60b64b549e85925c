// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace ingot {

/// How a state is loaded. A key of the file becomes a name of the model in this order: submodule,
/// strip_prefix, rename, add_prefix; then filter decides.
struct load_options {
  /// Missing and unexpected keys are errors. (If false they are reported, as in PyTorch; what has
  /// the same name must match even then.)
  bool strict = true;
  /// What has the same name and doesn't match is reported and left as it is: no error.
  bool skip_mismatched = false;
  /// Numbers of another dtype are converted, as by torch.Tensor.to(dtype).
  bool cast = false;
  /// The path of a submodule, "encoder" (or "encoder.") or "encoder.layers.0", whose part of the
  /// file is loaded: its keys lose the path and the dot after it; all other keys aren't looked at.
  std::string submodule{};
  /// Removed from the keys that begin with it: "module." of DataParallel.
  std::string strip_prefix{};
  /// Put before each key.
  std::string add_prefix{};
  /// Makes a key another one; see also state/regex_rename.hpp.
  std::function<std::string(std::string_view)> rename{};
  /// Names of which it says false are left alone, in the model and in the file: they are neither
  /// loaded nor missing nor unexpected.
  std::function<bool(std::string_view)> filter{};
  /// Reads all into memory aside, and only then changes the model: a file whose data turn out to be
  /// damaged leaves it as it was. Needs the memory twice. Storage on a device that can be swapped
  /// is: pointers to the old one then point nowhere.
  bool all_or_nothing = false;
};

}  // namespace ingot
