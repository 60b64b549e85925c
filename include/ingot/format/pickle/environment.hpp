// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <ingot/format/pickle/graph.hpp>

namespace ingot::detail::pickle {

/// What the names in a pickle mean: the allow-list. The machine itself knows no class at all.
class environment {
 public:
  environment() = default;
  environment(const environment&) = delete;  // used by reference only
  environment& operator=(const environment&) = delete;
  virtual ~environment() = default;

  /// A number that global_name::meaning keeps; 0 where the name has no meaning.
  virtual std::uint16_t meaning_of(std::string_view name) const = 0;

  /// What calling `function`, which has a meaning, with the arguments makes; nothing where these
  /// arguments have no meaning to it, and the result is an inert object. Throws format_error.
  virtual std::optional<item> call(graph& objects, item function,
                                   std::span<const item> arguments) = 0;

  /// What BUILD with `state` makes of an object without a meaning so far, or of a leaf; nothing
  /// where it stays what it is. Throws format_error.
  virtual std::optional<item> build(graph& objects, item object, item state) = 0;

  /// What a persistent id stands for. Throws format_error.
  virtual item persistent(graph& objects, item id) = 0;

  /// The value of a persistent item or of a global, where they are data by themselves.
  virtual value persistent_value(const graph& objects, item what) = 0;
  virtual value global_value(const graph& objects, item what) = 0;
};

}  // namespace ingot::detail::pickle
