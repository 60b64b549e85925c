// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/shape.hpp>
#include <ingot/state/storage.hpp>
#include <ingot/state/tensor_data.hpp>

namespace ingot::detail {

/// The bytes of elements that are written out, of one tensor or of many. A stride of 0 makes few
/// bytes look like many: what is more than the masks that somebody expanded, and more than a file
/// could inflate to, is refused before memory or a file takes it.
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
    if (tensor.bytes) storages_.push_back(tensor.bytes.get());
    if (size > stored) {
      expanded_ += std::min(size, UINT64_MAX - expanded_);
      last_ = name;
    }
    return static_cast<std::size_t>(size);
  }

  /// Throws value_error where all that was added is out of proportion to the distinct storages,
  /// which must still be there.
  void check() {
    if (!out_of_proportion(expanded_, stored_)) return;
    std::ranges::sort(storages_);
    storages_.erase(std::ranges::unique(storages_).begin(), storages_.end());
    stored_ = 0;
    for (const storage* each : storages_) stored_ += each->size();
    if (!out_of_proportion(expanded_, stored_)) return;
    refuse(last_,
           "expanded (stride 0) elements of " + std::to_string(expanded_ >> 20) +
               " MiB, with the tensors before it",
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

  std::vector<const storage*> storages_;
  std::uint64_t expanded_ = 0;
  std::uint64_t stored_ = 0;  // as the last check() that looked found it; it only grows
  std::string last_;          // that was expanded
};

/// The bytes of one tensor's elements. Throws value_error where they are out of proportion to its
/// storage.
inline std::size_t materialized_size(const tensor_data& tensor, std::string_view name) {
  return materialized_sizes().add(tensor, name);
}

}  // namespace ingot::detail
