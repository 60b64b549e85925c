// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
#include <ingot/state/storage.hpp>
#include <ingot/state/storage_index.hpp>
#include <ingot/state/tensor_data.hpp>

namespace ingot {

/// Numbers the storages of a state in the order of their first use: for archives in which tensors
/// that are aliases stay aliases. Bytes in memory are one storage where they are the same bytes,
/// whoever refers to them. The state must outlive it.
class storage_list {
 public:
  struct item {
    const storage* bytes;
    dtype type;  ///< of the first tensor over it: what is swapped where a file is big-endian
  };

  /// The number of a strided tensor's storage. `once`: the caller adds each node of the tree
  /// (value::identity) once, which is quicker. Throws value_error where the storage's bytes can't
  /// be made little-endian for this tensor and an earlier one at once.
  std::size_t add(const tensor_data& tensor, bool once = false) {
    const auto [number, fresh] = index_.insert(tensor.bytes, !once);
    if (fresh) {
      all_.push_back({tensor.bytes.get(), tensor.type});
      return number;
    }
    const item& first = all_[number];
    if (tensor.bytes->big_endian() && info(first.type).swap != info(tensor.type).swap) {
      throw value_error(
          {.expected = "one dtype for all tensors over a big-endian storage",
           .found = std::string(name(first.type)) + " and " + std::string(name(tensor.type)),
           .remedy = "copy one of the tensors"});
    }
    return number;
  }

  /// By their numbers; copy_storage() writes one.
  const std::vector<item>& all() const noexcept { return all_; }

 private:
  std::vector<item> all_;
  detail::storage_index index_;
};

}  // namespace ingot
