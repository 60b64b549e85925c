// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <ingot/state/storage.hpp>

namespace ingot::detail {

/// Numbers storages in the order in which they come, the same one alike: so that a writer writes
/// each once. Storages that are the same bytes in memory are one, whoever refers to them. The
/// storages must outlive it.
class storage_index {
 public:
  /// The number of a storage, and whether it is a new one. `shared`: it may come again through the
  /// same node of the tree.
  std::pair<std::size_t, bool> insert(const storage_ptr& bytes, bool shared = false) {
    // Nobody else refers to the file's storage: nothing to find it by.
    if (!shared && !bytes->in_memory() && bytes.use_count() == 1) {
      known_.push_back({nullptr, 0});
      return {known_.size() - 1, true};
    }
    if (2 * known_.size() >= slots_.size()) grow();
    const identity wanted = identity_of(*bytes);
    std::size_t& slot = find(wanted);
    if (slot != 0) return {slot - 1, false};
    known_.push_back(wanted);
    slot = known_.size();
    return {slot - 1, true};
  }

 private:
  struct identity {
    const void* start;
    std::uint64_t size;
    friend bool operator==(const identity&, const identity&) = default;
  };

  static identity identity_of(const storage& bytes) {
    const bool in_memory = bytes.in_memory() && bytes.size() != 0;
    return {in_memory ? static_cast<const void*>(bytes.data()) : &bytes, bytes.size()};
  }

  // A table without nodes: with 100,000 tensors std::unordered_map takes half of the time of a
  // save.
  std::size_t& find(const identity& wanted) {
    const std::uint64_t mixed =
        (reinterpret_cast<std::uintptr_t>(wanted.start) + wanted.size) * 0x9e3779b97f4a7c15u;
    std::size_t place = static_cast<std::size_t>(mixed >> (64 - std::countr_zero(slots_.size())));
    while (slots_[place] != 0 && known_[slots_[place] - 1] != wanted) {
      place = (place + 1) % slots_.size();
    }
    return slots_[place];
  }

  void grow() {
    slots_.assign(slots_.empty() ? 64 : 2 * slots_.size(), 0);
    for (std::size_t i = 0; i < known_.size(); ++i) {
      if (known_[i].start != nullptr) find(known_[i]) = i + 1;
    }
  }

  std::vector<identity> known_;
  std::vector<std::size_t> slots_;  // a power of two of numbers, plus 1; 0: free
};

}  // namespace ingot::detail
