// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/shape.hpp>
#include <ingot/state/storage.hpp>
#include <ingot/state/tensor_data.hpp>

namespace ingot::detail {

/// The bytes of elements that are written out, of one tensor or of many. A stride of 0, or many
/// names, make few bytes look like many: what is more than the masks that somebody expanded, and
/// more than a file could inflate to, is refused before memory or a file takes it. The tensors must
/// outlive this.
class materialized_sizes {
 public:
  /// The bytes of one more tensor's elements. Throws value_error where they are out of proportion
  /// to its storage.
  std::size_t add(const tensor_data& tensor, std::string_view name) {
    const auto bytes = byte_count(tensor.shape, size_of(tensor.type));
    const std::uint64_t stored = tensor.bytes ? tensor.bytes->size() : 0;
    const std::uint64_t size = bytes ? static_cast<std::uint64_t>(*bytes) : UINT64_MAX;
    if (out_of_proportion(size, stored)) {
      refuse(name, to_string(tensor.shape) + " of expanded (stride 0) elements", stored);
    }
    add_stored(tensor);
    total_ += std::min(size, UINT64_MAX - total_);
    if (size > stored || last_.empty()) last_ = name;
    return static_cast<std::size_t>(size);
  }

  /// A tensor of the same state whose elements aren't written out: the others may be so much more.
  void add_stored(const tensor_data& tensor) {
    if (tensor.bytes) unseen_.push_back(tensor.bytes.get());
  }

  /// Throws value_error where all that was added is out of proportion to all storages.
  void check() {
    if (!out_of_proportion(total_, stored_)) return;
    for (const storage* each : unseen_) {
      if (seen_.insert(each).second) stored_ += each->size();
    }
    unseen_.clear();
    if (!out_of_proportion(total_, stored_)) return;
    refuse(last_,
           "elements of " + std::to_string(total_ >> 20) +
               " MiB, with the tensors before it, many of them expanded (stride 0)",
           stored_);
  }

 private:
  static bool out_of_proportion(std::uint64_t size, std::uint64_t stored) {
    constexpr std::uint64_t most_times = 1032;
    constexpr std::uint64_t always_fine = std::uint64_t{64} << 20;
    return size > always_fine && size / most_times > stored;
  }

  [[noreturn]] static void refuse(std::string_view name, std::string found, std::uint64_t stored) {
    throw value_error({.where = std::string(name),
                       .expected = "at most 64 MiB, or 1032 times the stored bytes (" +
                                   std::to_string(stored) + ")",
                       .found = std::move(found),
                       .remedy = "make it contiguous before it is saved: tensor.contiguous()"});
  }

  std::uint64_t total_ = 0;
  std::string last_;          // that was expanded, if any was
  std::uint64_t stored_ = 0;  // in the storages that were seen
  std::unordered_set<const storage*> seen_;
  std::vector<const storage*> unseen_;
};

/// The bytes of one tensor's elements. Throws value_error where they are out of proportion to its
/// storage.
inline std::size_t materialized_size(const tensor_data& tensor, std::string_view name) {
  return materialized_sizes().add(tensor, name);
}

}  // namespace ingot::detail
