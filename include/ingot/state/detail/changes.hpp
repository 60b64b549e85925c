// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <ingot/core/error.hpp>

namespace ingot::detail {

/// Which of a model's tensors aren't what they were when a load failed, for its error.
class changes {
 public:
  void add(std::string_view name) {
    if (++count_ <= most) names_ += (names_.empty() ? "" : ", ") + std::string(name);
  }

  /// The error's parts, which also say it. `advice` is what would have avoided it.
  error_info told(error_info info, std::string_view advice) const {
    if (!info.remedy.empty()) info.remedy += "; ";
    if (count_ == 0) {
      info.remedy += "nothing was changed";
      return info;
    }
    info.remedy += "these had already changed: " + names_;
    if (count_ > most) info.remedy += " and " + std::to_string(count_ - most) + " more";
    info.remedy += advice;
    return info;
  }

 private:
  static constexpr std::size_t most = 8;

  std::string names_;
  std::size_t count_ = 0;
};

}  // namespace ingot::detail
