// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
#include <ingot/state/storage.hpp>
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

  /// The number of a strided tensor's storage; a node of the tree that is shared
  /// (value::identity) is to be added once. Throws value_error where the storage's bytes can't be
  /// made little-endian for this tensor and an earlier one at once.
  std::size_t add(const tensor_data& tensor) {
    // Nobody else refers to the file's storage: nothing to find it by.
    if (!tensor.bytes->in_memory() && tensor.bytes.use_count() == 1) return append(tensor);
    const auto [known, fresh] = by_identity_.try_emplace(identity_of(*tensor.bytes), all_.size());
    if (fresh) return append(tensor);
    const item& first = all_[known->second];
    if (tensor.bytes->big_endian() && info(first.type).swap != info(tensor.type).swap) {
      throw value_error(
          {.expected = "one dtype for all tensors over a big-endian storage",
           .found = std::string(name(first.type)) + " and " + std::string(name(tensor.type)),
           .remedy = "copy one of the tensors"});
    }
    return known->second;
  }

  /// By their numbers; copy_storage() writes one.
  const std::vector<item>& all() const noexcept { return all_; }

 private:
  struct identity {
    const void* start;
    std::uint64_t size;
    friend bool operator==(const identity&, const identity&) = default;
  };
  struct identity_hash {
    std::size_t operator()(const identity& of) const noexcept {
      return std::hash<const void*>{}(of.start) ^ (of.size * 0x9e3779b97f4a7c15u);
    }
  };

  static identity identity_of(const storage& bytes) {
    const bool in_memory = bytes.in_memory() && bytes.size() != 0;
    return {in_memory ? static_cast<const void*>(bytes.data()) : &bytes, bytes.size()};
  }

  std::size_t append(const tensor_data& tensor) {
    all_.push_back({tensor.bytes.get(), tensor.type});
    return all_.size() - 1;
  }

  std::vector<item> all_;
  std::unordered_map<identity, std::size_t, identity_hash> by_identity_;
};

}  // namespace ingot
