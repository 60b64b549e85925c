// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include <ingot/archive/contents.hpp>
#include <ingot/core/device.hpp>
#include <ingot/describe/members.hpp>
#include <ingot/state/value.hpp>
#include <ingot/storage/tensor.hpp>

namespace contract {

/// What a model's tensors may lie in.
enum class holder { tensor, vector, array, span, shared };
inline constexpr std::array all_holders{holder::tensor, holder::vector, holder::array, holder::span,
                                        holder::shared};

/// The model that the others are equal to: of two layers with a weight of [2, 3] and a bias, and a
/// number of steps, with elements that all differ.
struct layer {
  ingot::tensor<float> weight{}, bias{};
};
struct model {
  layer first{}, second{};
  ingot::buffer<std::int64_t> steps{};
};

model filled_model();

/// Calls use(state) with the state_dict of the same model over such storage.
void with_state_of(holder where, const std::function<void(const ingot::value&)>& use);

/// Loads a file strictly into an empty model over such storage; describe_elements() of its state.
std::string loaded_into(holder where, const ingot::opened_file& file);

/// ingot::open() and ingot::save() without a policy: once for all archives, since they take all of
/// them to compile.
std::string format_of(const std::filesystem::path& file);
void save_by_suffix(const model& source, const std::filesystem::path& path);

}  // namespace contract
