// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include <ingot/state/dict.hpp>
#include <ingot/state/value.hpp>

namespace ingot {

/// What a file holds, and what stands beside it.
struct contents {
  contents(value state) : root(std::move(state)) {}  // NOLINT: most files hold nothing else
  contents(value state, std::string format_name, value texts = dict{})
      : root(std::move(state)), format(std::move(format_name)), metadata(std::move(texts)) {}

  value root;
  std::string format{};     ///< as `ingot ls --json` names it; empty: the archive's own name
  value metadata = dict{};  ///< a dict from str to str
};

/// What open() returns: the value at the root of a file, and what is known of the file.
class opened_file : public entry {
 public:
  opened_file(contents from, std::string path)
      : entry(std::move(from.root), std::move(path)),
        format_(std::move(from.format)),
        metadata_(std::move(from.metadata)) {}

  /// "torch-zip", "torch-legacy", "torch-module", "torchscript", "torch-export", "safetensors",
  /// "sharded" (an index and its files), "npz", "npy", "ingot", or the name of a user's archive.
  const std::string& format() const noexcept { return format_; }

  /// Texts that the file keeps beside its state, safetensors' __metadata__: a dict from str to str.
  const value& metadata() const noexcept { return metadata_; }

 private:
  std::string format_;
  value metadata_;
};

}  // namespace ingot
