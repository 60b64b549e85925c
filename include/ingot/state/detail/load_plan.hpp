// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <ingot/core/memory_space.hpp>
#include <ingot/model/tensor_slot.hpp>
#include <ingot/state/load_options.hpp>
#include <ingot/state/load_report.hpp>
#include <ingot/state/tensor_data.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail {

/// A tensor of the file and where its elements go.
struct planned_tensor {
  std::string_view name;
  std::shared_ptr<const tensor_data> owned;  ///< keeps `from` where no value does
  const tensor_data* from;
  tensor_slot into;
  bool in_place;                     ///< else storage must be made
  const memory_space* in = nullptr;  ///< where it is made; null: as the tensor decides
};

/// What the file has against what the slot takes. Adds to `report` where they don't go together.
class slot_matcher {
 public:
  slot_matcher(const load_options& options, load_report& report, std::string_view target)
      : options_(options), report_(report), target_(target) {}

  std::optional<planned_tensor> operator()(std::string_view name, const tensor_slot& slot,
                                           const value& content) const;

 private:
  // Older PyTorch, and C++ programs, keep a counter as a plain number.
  std::optional<planned_tensor> match_number(std::string_view name, const tensor_slot& slot,
                                             const value& content) const;

  std::optional<planned_tensor> refuse(std::string_view name, const tensor_slot& slot,
                                       const tensor_data* found, std::string problem,
                                       std::string detail) const;

  const load_options& options_;
  load_report& report_;
  std::string target_;
};

/// Carries a plan out: allocates all that is needed, moves the bytes, then swaps new storage in,
/// which can't fail. Throws std::bad_alloc, format_error and file_error. What had storage of its
/// own may have changed then, unless all_or_nothing; the message says it.
void execute(std::span<const planned_tensor> plan, bool all_or_nothing);

}  // namespace ingot::detail

#ifndef INGOT_SEPARATE_COMPILATION
#include <ingot/state/impl/load_plan.hpp>
#endif
