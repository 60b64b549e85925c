// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/safe_hash.hpp>
#include <ingot/format/pickle/graph.hpp>

namespace ingot::detail::pickle {

/// Objects by the number that a pickle gave them. Picklers count from 0, which a vector serves
/// best; other numbers, such as 2^32-1, are legal and must not cost as much memory.
class memo {
 public:
  std::size_t size() const noexcept { return dense_.size() + sparse_.size(); }

  void put(std::size_t number, item what) {
    if (number < dense_.size()) {
      dense_[number] = what;
    } else if (number == dense_.size()) {
      dense_.push_back(what);
      if (!sparse_.empty()) sparse_.erase(number);
    } else {
      sparse_.insert_or_assign(number, what);
    }
  }

  /// Throws format_error where nothing has the number.
  item get(std::size_t number) const {
    if (number < dense_.size()) return dense_[number];
    const auto found = sparse_.find(number);
    if (found == sparse_.end()) {
      throw format_error(
          {.expected = "an object in the memo under " + std::to_string(number), .found = "none"});
    }
    return found->second;
  }

 private:
  std::vector<item> dense_;
  std::unordered_map<std::size_t, item, safe_hash> sparse_;
};

}  // namespace ingot::detail::pickle
