// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <ingot/core/device.hpp>
#include <ingot/core/memory_space.hpp>

namespace ingot {

/// Where the tensors of a file go, by the tag of the device that each was saved from: torch.load's
/// map_location. A space, for all of them; {{"cuda:0", cuda::space(1)}, ...}, a space for each tag;
/// or a function from tag to space, null where it doesn't say. Nothing is said by default.
class map_location {
 public:
  /// What was saved from the device of this tag goes to that space.
  struct entry {
    std::string_view tag;
    const memory_space& space;
  };

  map_location() = default;
  map_location(const memory_space& all)  // NOLINT: .map_location = cuda::space(1)
      : choose_([&all](const device&) { return &all; }) {}
  map_location(const memory_space&& temporary) = delete;  // it is referred to for good
  map_location(std::initializer_list<entry> each) {       // NOLINT: .map_location = {{...}}
    std::vector<std::pair<device, const memory_space*>> table;
    for (const auto& [tag, space] : each) table.emplace_back(device(tag), &space);
    choose_ = [table = std::move(table)](const device& tag) -> const memory_space* {
      for (const auto& [known, space] : table) {
        if (known == tag) return space;
      }
      return nullptr;
    };
  }
  template <class Choose>
    requires(!std::same_as<std::remove_cvref_t<Choose>, map_location> &&
             std::is_invocable_r_v<const memory_space*, Choose&, const device&>)
  map_location(Choose&& choose)  // NOLINT: .map_location = cuda::by_tag
      : choose_(std::forward<Choose>(choose)) {}

  /// Whether anything is said.
  explicit operator bool() const noexcept { return static_cast<bool>(choose_); }

  /// The space for what was saved from the device of this tag; null where nothing is said.
  const memory_space* operator()(const device& tag) const {
    return choose_ ? choose_(tag) : nullptr;
  }

 private:
  std::function<const memory_space*(const device&)> choose_;
};

}  // namespace ingot
