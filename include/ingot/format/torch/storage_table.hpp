// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
#include <ingot/state/storage.hpp>
#include <ingot/state/storage_list.hpp>
#include <ingot/state/tensor_data.hpp>

namespace ingot::detail::torch {

/// A storage to be written.
struct storage_record {
  std::string key{};  ///< a running decimal, in order of first use
  const storage* bytes = nullptr;
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
    const std::size_t number = storages_.add(tensor, true);
    if (number == all_.size()) return all_.emplace_back(record(tensor));
    if (all_[number].type != tensor.type) {
      throw value_error(
          {.expected = "one dtype for all tensors over a storage, as in PyTorch",
           .found = std::string(name(all_[number].type)) + " and " + std::string(name(tensor.type)),
           .remedy = "copy one of the tensors"});
    }
    return all_[number];
  }

  const std::deque<storage_record>& all() const noexcept { return all_; }

 private:
  storage_record record(const tensor_data& tensor) const {
    const std::uint64_t element = size_of(tensor.type);
    if (tensor.bytes->size() % element != 0) {
      throw value_error(
          {.expected = "a storage of whole elements of " + std::to_string(element) + " bytes",
           .found = std::to_string(tensor.bytes->size()) + " bytes"});
    }
    return {.key = std::to_string(all_.size()),
            .bytes = tensor.bytes.get(),
            .type = tensor.type,
            .numel = static_cast<std::int64_t>(tensor.bytes->size() / element)};
  }

  storage_list storages_;
  std::deque<storage_record> all_;  // a deque: the pickle refers to the keys
};

}  // namespace ingot::detail::torch
