// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include <ingot/core/naming_file.hpp>
#include <ingot/core/separate.hpp>
#include <ingot/state/detail/load_plan.hpp>
#include <ingot/state/detail/match_model.hpp>
#include <ingot/state/load.hpp>
#include <ingot/state/module.hpp>

namespace ingot::detail {

INGOT_INLINE load_report load_slots(const std::vector<named_slot>& slots, const value& state,
                                    const load_options& options) {
  const value named = is_module(state) ? state_dict(state) : state;
  // Where there is no driver, an empty vector of Thrust's can't tell where it lies.
  model_match match = naming_file([&] { return file_of(named); },
                                  [&] { return model_match(slots, named, options); });
  execute(match.plan(), options.all_or_nothing);
  return std::move(match).report();
}

}  // namespace ingot::detail
