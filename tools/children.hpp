// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <ingot/state/value.hpp>

namespace ingot::tools {

/// Number of values that a value holds directly: keys and contents of a mapping (then its
/// attributes' contents), elements of a sequence, the tensors that a sparse or quantized one is
/// made of. With child() it lets trees of any depth be walked with a stack of positions.
std::size_t child_count(const value& of);

/// The child at `index`; of a mapping or object item i's key is child 2i, its content 2i + 1.
const value& child(const value& of, std::size_t index);

/// Throws value_error where a tree that names its shared nodes each time they occur would be out of
/// proportion to the tree: 41 lists of two make 2^40 leaves.
void check_expanded_size(const value& root);

/// Bounds the memory of names that are keys joined by '.': in a deep tree, or below a long key,
/// each is as long as its file likes.
class name_budget {
 public:
  /// Throws value_error where the names so far are out of proportion to their number.
  void add(std::size_t length);

 private:
  std::size_t count_ = 0;
  std::size_t total_ = 0;
};

}  // namespace ingot::tools
