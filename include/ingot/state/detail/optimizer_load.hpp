// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <ingot/model/tensor_slot.hpp>
#include <ingot/state/as.hpp>
#include <ingot/state/detail/load_plan.hpp>
#include <ingot/state/detail/optimizer_access.hpp>
#include <ingot/state/detail/optimizer_hyper.hpp>
#include <ingot/state/detail/saved_optimizer.hpp>
#include <ingot/state/load_options.hpp>
#include <ingot/state/load_report.hpp>

namespace ingot::detail {

/// A number or a tensor of one number as T; nothing where T doesn't hold exactly it.
template <class T>
std::optional<T> as_number(const value& content) {
  const value number = item(content);
  if (number.kind() == kind::integer && number.identity() == nullptr) {
    if constexpr (std::floating_point<T>) {
      return static_cast<T>(number.integer());
    } else if (std::in_range<T>(number.integer())) {
      return static_cast<T>(number.integer());
    }
  } else if (number.kind() == kind::floating) {
    const double wide = number.floating();
    if constexpr (std::floating_point<T>) {
      return static_cast<T>(wide);
    } else if (std::trunc(wide) == wide &&
               wide >= static_cast<double>(std::numeric_limits<T>::min()) &&
               wide < std::ldexp(1.0, std::numeric_limits<T>::digits)) {
      return static_cast<T>(wide);
    }
  }
  return std::nullopt;
}

/// Matches an optimizer's state_dict against an optimizer, then loads it. Until run() nothing of
/// the optimizer has changed.
template <class Optimizer>
class optimizer_loader {
 public:
  using access = optimizer_access<Optimizer>;

  /// The arguments must outlive it. Throws mismatch_error.
  optimizer_loader(Optimizer& optimizer, const value& state, const load_options& options)
      : access_(optimizer),
        options_(options),
        parameters_(access_.parameters()),
        saved_(state, parameters_.group_sizes, report_),
        match_(options, report_, "optimizer") {
    access::for_each_part([&](auto part) { match_slot(part); });
    match_groups();
    for (std::size_t i = 0; i < saved_.parameters(); ++i) {
      saved_.report_unknown(i, slot_names_, report_);
    }
    const bool keys_differ = !report_.missing.empty() || !report_.unexpected.empty();
    if ((options.strict && keys_differ) ||
        (!options.skip_mismatched && !report_.mismatched.empty())) {
      saved_.refuse(std::move(report_));
    }
  }

  load_report run() {
    execute(plan_, options_.all_or_nothing);
    for (const auto& change : changes_) change();
    return std::move(report_);
  }

 private:
  template <class Part>
  void match_slot(Part) {}

  template <fixed_string Name, bool Optional, auto Container, auto... Path>
  void match_slot(slot_part<Name, Optional, Container, Path...> part) {
    slot_names_.push_back(Name.view());
    std::size_t first = 0;
    std::size_t group = 0;
    access_.template for_each_root<Container>([&](auto& root) {
      const std::size_t count = access::template belongs_to_optimizer<Container>
                                    ? parameters_.shapes.size()
                                    : parameters_.group_sizes[group++];
      auto& member = root.*Container;
      if constexpr (slot_container<decltype(member)>) {
        auto& elements = sized(member, first, count, Name.view());
        std::size_t index = first;
        for (auto& element : elements) match_element(part, index++, (element.*....*Path));
      } else {
        match_shared(part, first, count, member);
      }
      first += count;
    });
  }

  /// The container with an element a parameter: one that is empty gets its elements aside.
  template <class Container>
  Container& sized(Container& member, std::size_t first, std::size_t count, std::string_view name) {
    if (std::ranges::size(member) == count || !saved_.any_state(first, count)) return member;
    if constexpr (requires { member.resize(count); }) {
      if (member.empty()) return grown(member, count);
    }
    throw value_error(
        {.where = "the optimizer's " + std::string(name),
         .expected = "an element for each of the " + std::to_string(count) + " parameters, or none",
         .found = std::to_string(std::ranges::size(member))});
  }

  template <class Container>
  Container& grown(Container& member, std::size_t count) {
    for (const auto& [of, made] : grown_) {
      if (of == &member) return *static_cast<Container*>(made.get());
    }
    auto made = std::make_shared<Container>();
    made->resize(count);
    grown_.emplace_back(&member, made);
    changes_.push_back([&member, made] { member.swap(*made); });
    return *made;
  }

  template <class Part, class Element>
  void match_element(Part part, std::size_t index, Element& element) {
    const value* content = saved_.find(index, Part::name);
    const bool lacks = content == nullptr && saved_.has_state(index);
    if (lacks && !Part::optional) report_.missing.push_back(saved_.path(index, Part::name));
    if constexpr (std::is_arithmetic_v<Element>) {
      if (content == nullptr || content->is_none()) {
        changes_.push_back([&element] { element = Element{}; });
      } else {
        match_number(part, index, *content, element);
      }
    } else if (content != nullptr && !content->is_none()) {
      match_tensor(part, index, *content, element);
    } else if (tensor_traits<Element>::has_shape(element) && !clear(element) && !lacks) {
      report_.missing.push_back(saved_.path(index, Part::name));
    }
  }

  template <class Part, class Number>
  void match_number(Part, std::size_t index, const value& content, Number& into) {
    const std::string name = saved_.path(index, Part::name);
    const auto number = as_number<Number>(content);
    if (!number) {
      report_.mismatched.push_back({.name = name,
                                    .problem = "number mismatch",
                                    .detail = "the file has " + summary(content) +
                                              " that the optimizer's number doesn't hold"});
      return;
    }
    report_.loaded.push_back(name);
    changes_.push_back([&into, number] { into = *number; });
  }

  // One number for all parameters: the file must agree.
  template <class Part, class Number>
  void match_shared(Part part, std::size_t first, std::size_t count, Number& into) {
    static_assert(std::is_arithmetic_v<Number>,
                  "ingot: an optimizer's slot is a container with an element a parameter, or one "
                  "number for all of them");
    std::optional<Number> agreed;
    for (std::size_t i = first; i < first + count; ++i) {
      const value* content = saved_.find(i, Part::name);
      if (content == nullptr) {
        if (saved_.has_state(i) && !Part::optional) {
          report_.missing.push_back(saved_.path(i, Part::name));
        }
        continue;
      }
      const auto number = as_number<Number>(*content);
      if (agreed && number && *agreed != *number) {
        report_.mismatched.push_back({.name = saved_.path(i, Part::name),
                                      .problem = "number mismatch",
                                      .detail = "the file has different numbers, the optimizer one "
                                                "for all parameters"});
        return;
      }
      match_number(part, i, *content, into);
      agreed = number;
    }
    if (!agreed) changes_.push_back([&into] { into = Number{}; });
  }

  template <class Part, class Tensor>
  void match_tensor(Part, std::size_t index, const value& content, Tensor& element) {
    const auto& extents = parameters_.shapes[index];
    const auto declared = [](const void* of) { return *static_cast<const shape*>(of); };
    const tensor_slot slot(&element, slot_operations_of<Tensor>, extents ? &*extents : nullptr,
                           extents ? shape_function(declared) : nullptr);
    const std::string& name = names_.emplace_back(saved_.path(index, Part::name));
    if (auto planned = match_(name, slot, content)) {
      plan_.push_back(std::move(*planned));
      report_.loaded.push_back(name);
    }
  }

  /// Makes the tensor one without a shape, as before the first step, if its type has that.
  template <class Tensor>
  bool clear(Tensor& element) {
    if constexpr (resizable_tensor<Tensor> && std::is_nothrow_move_assignable_v<Tensor> &&
                  std::constructible_from<Tensor, decltype(element.get_allocator())>) {
      changes_.push_back([&element] { element = Tensor(element.get_allocator()); });
      return true;
    } else {
      return false;
    }
  }

  void match_groups() {
    std::size_t index = 0;
    access_.for_each_group([&](auto& group) {
      group_matcher match(saved_.group(index), "param_groups." + std::to_string(index), report_,
                          changes_, access::description.layout);
      access::for_each_part([&](auto part) {
        match(part, [&]<auto Member>() -> auto& {
          return access_.template root_of<Member>(group).*Member;
        });
      });
      match.finish();
      ++index;
    });
  }

  access access_;
  const load_options& options_;
  load_report report_;
  parameter_list parameters_;
  saved_optimizer saved_;
  slot_matcher match_;
  std::deque<std::string> names_;  // the plan refers to them
  std::vector<std::string_view> slot_names_;
  std::vector<planned_tensor> plan_;
  std::vector<std::function<void()>> changes_;  // what is done last; none of them throws
  std::vector<std::pair<const void*, std::shared_ptr<void>>> grown_;
};

}  // namespace ingot::detail
