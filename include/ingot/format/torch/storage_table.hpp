// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
#include <ingot/state/tensor_data.hpp>

namespace ingot::detail::torch {

/// A storage to be written.
struct storage_record {
  std::string key{};  ///< a running decimal, in order of first use
  storage_ptr bytes{};
  dtype type = dtype::uint8;  ///< of the tensors that view it: what the byte order depends on
  std::int64_t numel = 0;
  std::optional<std::uint32_t> number{};  ///< of the key in the pickle's memo, once it is written
};

/// Gives each storage of a state one key, so that tensors that are aliases stay aliases.
class storage_table {
 public:
  /// The record of a tensor's storage. Throws value_error where it was viewed as another dtype: a
  /// key has one dtype in PyTorch's files.
  storage_record& add(const tensor_data& tensor) {
    // Nobody else refers to the file's storage: nothing to find it by.
    if (!tensor.bytes->in_memory() && tensor.bytes.use_count() == 1) {
      return all_.emplace_back(record(tensor));
    }
    const auto [known, fresh] = by_identity_.try_emplace(identity_of(tensor.bytes), all_.size());
    if (fresh) {
      all_.push_back(record(tensor));
    } else if (all_[known->second].type != tensor.type) {
      throw value_error({.expected = "one dtype for all tensors over a storage, as in PyTorch",
                         .found = std::string(name(all_[known->second].type)) + " and " +
                                  std::string(name(tensor.type)),
                         .remedy = "copy one of the tensors"});
    }
    return all_[known->second];
  }

  const std::deque<storage_record>& all() const noexcept { return all_; }

 private:
  // Bytes in memory are one storage where they are the same bytes, whoever refers to them.
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

  static identity identity_of(const storage_ptr& bytes) {
    const bool in_memory = bytes->in_memory() && bytes->size() != 0;
    return {in_memory ? static_cast<const void*>(bytes->data()) : bytes.get(), bytes->size()};
  }

  storage_record record(const tensor_data& tensor) const {
    const std::uint64_t element = size_of(tensor.type);
    if (tensor.bytes->size() % element != 0) {
      throw value_error(
          {.expected = "a storage of whole elements of " + std::to_string(element) + " bytes",
           .found = std::to_string(tensor.bytes->size()) + " bytes"});
    }
    return {.key = std::to_string(all_.size()),
            .bytes = tensor.bytes,
            .type = tensor.type,
            .numel = static_cast<std::int64_t>(tensor.bytes->size() / element)};
  }

  std::deque<storage_record> all_;  // a deque: the pickle refers to the keys
  std::unordered_map<identity, std::size_t, identity_hash> by_identity_;
};

}  // namespace ingot::detail::torch
