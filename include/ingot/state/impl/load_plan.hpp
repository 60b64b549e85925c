// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <ingot/core/memory_space.hpp>
#include <ingot/core/naming_file.hpp>
#include <ingot/core/separate.hpp>
#include <ingot/state/cast.hpp>
#include <ingot/state/detail/blame.hpp>
#include <ingot/state/detail/execute.hpp>
#include <ingot/state/detail/load_plan.hpp>
#include <ingot/state/materialized_size.hpp>

namespace ingot::detail {

/// A number as a 0-d tensor of a dtype, if that holds exactly it.
inline std::shared_ptr<const tensor_data> as_scalar_tensor(const value& number, dtype type) {
  double floating = 0;
  std::int64_t integer = 0;
  const std::byte* bytes = nullptr;
  dtype from = dtype::int64;
  if (number.kind() == kind::floating) {
    floating = number.floating();
    bytes = reinterpret_cast<const std::byte*>(&floating);
    from = dtype::float64;
  } else if ((number.kind() == kind::integer && number.identity() == nullptr)) {
    integer = number.integer();
    bytes = reinterpret_cast<const std::byte*>(&integer);
  } else if (number.kind() == kind::boolean && type == dtype::boolean) {
    integer = number.boolean() ? 1 : 0;
    bytes = reinterpret_cast<const std::byte*>(&integer);
  } else {
    return nullptr;
  }
  if (!can_cast(from, type) || is_complex(type)) return nullptr;
  auto element = std::make_shared<std::array<std::byte, 8>>();
  std::array<std::byte, 8> again{};
  cast_elements(bytes, from, element->data(), type, 1);
  cast_elements(element->data(), type, again.data(), from, 1);
  if (std::memcmp(again.data(), bytes, again.size()) != 0) return nullptr;
  auto result = std::make_shared<tensor_data>();
  result->bytes =
      std::make_shared<const storage>(element->data(), size_of(type), host_space, element);
  result->type = type;
  return result;
}

/// Why a value can't be read as a strided tensor of numbers; empty where it can.
inline std::string not_strided(const tensor_data& tensor) {
  if (tensor.layout == layout::meta) return "a meta tensor, which has no elements";
  if (tensor.quantizer || is_quantized(tensor.type)) return "a quantized tensor";
  if (tensor.layout != layout::strided) {
    return "a " + std::string(name(tensor.layout)) + " tensor";
  }
  return {};
}

inline std::string describe_tensor(dtype type, const std::optional<shape>& extents) {
  return std::string(name(type)) + ' ' + (extents ? to_string(*extents) : "of any shape");
}

INGOT_INLINE std::optional<planned_tensor> slot_matcher::operator()(std::string_view name,
                                                                    const tensor_slot& slot,
                                                                    const value& content) const {
  if (!content.is_tensor() && content.kind() != kind::ndarray) {
    return match_number(name, slot, content);
  }
  const tensor_data& tensor = content.tensor();
  if (const std::string found = not_strided(tensor); !found.empty()) {
    return refuse(name, slot, &tensor, "unsupported tensor",
                  "the file has " + found + ", the " + target_ + " " +
                      describe_tensor(slot.type(), slot.required_shape()));
  }
  const bool in_place = slot.in_place(tensor.shape);
  if (!in_place && !slot.takes(tensor.shape)) {
    const auto required = slot.required_shape();
    return refuse(name, slot, &tensor, "size mismatch",
                  "the file has " + to_string(tensor.shape) + ", the " + target_ + " " +
                      (required ? to_string(*required)
                                : "storage takes one dimension, and more where a description "
                                  "says ingot::shaped<...>"));
  }
  if (tensor.type != slot.type() && !(options_.cast && can_cast(tensor.type, slot.type()))) {
    return refuse(
        name, slot, &tensor, "dtype mismatch",
        "the file has " + std::string(ingot::name(tensor.type)) + ", the " + target_ + " " +
            std::string(ingot::name(slot.type())) +
            (can_cast(tensor.type, slot.type()) ? "; to convert it, write .cast = true" : ""));
  }
  return planned_tensor{name, nullptr, &tensor, slot, in_place};
}

INGOT_INLINE std::optional<planned_tensor> slot_matcher::match_number(std::string_view name,
                                                                      const tensor_slot& slot,
                                                                      const value& content) const {
  auto scalar = slot.in_place({}) ? as_scalar_tensor(content, slot.type()) : nullptr;
  if (scalar) {
    const tensor_data* from = scalar.get();
    return planned_tensor{name, std::move(scalar), from, slot, true};
  }
  return refuse(name, slot, nullptr, "not a tensor",
                "the file has " + summary(content) + ", the " + target_ + " " +
                    describe_tensor(slot.type(), slot.required_shape()));
}

INGOT_INLINE std::optional<planned_tensor> slot_matcher::refuse(std::string_view name,
                                                                const tensor_slot& slot,
                                                                const tensor_data* found,
                                                                std::string problem,
                                                                std::string detail) const {
  mismatch what{std::string(name), std::move(problem), std::move(detail), slot.required_shape(),
                slot.type()};
  if (found != nullptr) {
    what.found_shape = found->shape;
    what.found_type = found->type;
  }
  report_.mismatched.push_back(std::move(what));
  return std::nullopt;
}

/// Throws value_error where the memory that a plan takes is out of proportion to what is stored.
inline void check_sizes(std::span<const planned_tensor> plan) {
  materialized_sizes sizes;
  for (const planned_tensor& each : plan) {
    if (each.in_place) {
      sizes.add_stored(*each.from);
    } else {
      sizes.add(*each.from, each.name);
    }
  }
  sizes.check();
}

INGOT_INLINE void execute(std::span<const planned_tensor> plan, bool all_or_nothing) {
  const auto storage_of = [](const planned_tensor& each) { return each.from->bytes.get(); };
  naming_file([&] { return common_file(plan, storage_of); },
              [&] {
                check_sizes(plan);
                execution(plan, all_or_nothing).run();
              });
}

}  // namespace ingot::detail
