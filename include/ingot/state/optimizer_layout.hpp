// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace ingot {

/// A hyper-parameter that PyTorch's optimizer has, and what a file gets where ours doesn't have it.
struct layout_key {
  enum class constant : std::uint8_t {
    missing,  ///< there is none: a member must be described
    none,
    boolean,
    number
  };

  std::string_view name{};
  constant kind = constant::missing;
  double content = 0;  ///< of a number; of a boolean 0 or 1
  bool hint = false;   ///< how PyTorch computes, not what: a file may have any value

  static constexpr layout_key required(std::string_view name) { return {.name = name}; }
  static constexpr layout_key number(std::string_view name, double content) {
    return {.name = name, .kind = constant::number, .content = content};
  }
  static constexpr layout_key flag(std::string_view name, bool content) {
    return {.name = name, .kind = constant::boolean, .content = content ? 1.0 : 0.0};
  }
  static constexpr layout_key hint_none(std::string_view name) {
    return {.name = name, .kind = constant::none, .hint = true};
  }
  static constexpr layout_key hint_false(std::string_view name) {
    return {.name = name, .kind = constant::boolean, .hint = true};
  }
};

/// The keys of a param_group, in PyTorch's order, without `params`, which is the last.
struct optimizer_layout {
  std::span<const layout_key> keys{};
};

namespace detail {

inline constexpr std::array sgd_keys{
    layout_key::required("lr"),          layout_key::number("momentum", 0),
    layout_key::number("dampening", 0),  layout_key::number("weight_decay", 0),
    layout_key::flag("nesterov", false), layout_key::flag("maximize", false),
    layout_key::hint_none("foreach"),    layout_key::hint_false("differentiable"),
    layout_key::hint_none("fused"),
};

constexpr auto make_adam_keys(bool decoupled_weight_decay) {
  return std::array{
      layout_key::required("lr"),
      layout_key::required("betas"),
      layout_key::required("eps"),
      layout_key::number("weight_decay", 0),
      layout_key::flag("amsgrad", false),
      layout_key::flag("maximize", false),
      layout_key::hint_none("foreach"),
      layout_key::hint_false("capturable"),
      layout_key::hint_false("differentiable"),
      layout_key::hint_none("fused"),
      layout_key::flag("decoupled_weight_decay", decoupled_weight_decay),
  };
}
inline constexpr auto adam_keys = make_adam_keys(false);
inline constexpr auto adamw_keys = make_adam_keys(true);

}  // namespace detail

/// torch.optim.SGD. Slot: momentum_buffer. (Keys and order as in PyTorch 2.13.)
inline constexpr optimizer_layout sgd_layout{detail::sgd_keys};

/// torch.optim.Adam. Slots: step, exp_avg, exp_avg_sq, optionally max_exp_avg_sq.
inline constexpr optimizer_layout adam_layout{detail::adam_keys};

/// torch.optim.AdamW: Adam's slots.
inline constexpr optimizer_layout adamw_layout{detail::adamw_keys};

}  // namespace ingot
