// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/model/tensor_slot.hpp>
#include <ingot/state/detail/blame.hpp>
#include <ingot/state/detail/changes.hpp>
#include <ingot/state/detail/commit.hpp>
#include <ingot/state/detail/load_plan.hpp>
#include <ingot/state/detail/scratch.hpp>
#include <ingot/state/share.hpp>
#include <ingot/state/strided_copy.hpp>

namespace ingot::detail {

/// Carries a plan out: allocates all that is needed, moves the bytes, then swaps new storage in,
/// which can't fail.
class execution {
 public:
  /// Prepares; throws std::bad_alloc, what the memory spaces throw, and format_error where an empty
  /// tensor has another checksum than no bytes have.
  execution(std::span<const planned_tensor> plan, bool all_or_nothing)
      : commit_(prepare(plan, all_or_nothing)) {}

  /// Throws format_error and file_error. What had storage of its own may have changed then, unless
  /// all_or_nothing; the message says it.
  void run() {
    for (const storage_ptr& each : adopted_) check_in_place(*each);
    commit_.run_on_model();
    put_all_back();
    for (pending_tensor& each : pending_) each.commit();
  }

 private:
  struct aside {
    std::string_view name;
    scratch memory;
    tensor_view into;
  };

  std::vector<commit_item> prepare(std::span<const planned_tensor> plan, bool all_or_nothing) {
    std::vector<commit_item> items;
    items.reserve(plan.size());
    for (const planned_tensor& each : plan) {
      if (adopt(each)) continue;
      // A copy back to a device can fail; a swap can't.
      const bool risky =
          all_or_nothing && each.into.resizable() && !each.into.view().space().host_accessible;
      if (!each.in_place || risky) {
        blame_on(each.name, *each.from, [&] {
          pending_.push_back(each.in != nullptr ? each.into.prepare(each.from->shape, *each.in)
                                                : each.into.prepare(each.from->shape));
        });
        items.push_back({each.name, each.from, pending_.back().view(), false});
      } else if (all_or_nothing) {
        require_writable(each.name, each.into.view());
        asides_.push_back({each.name, {}, each.into.view()});
        aside& made = asides_.back();
        made.memory.reserve(made.into.nbytes());
        items.push_back({each.name, each.from, contiguous(made), false});
      } else {
        items.push_back({each.name, each.from, each.into.view(), true});
      }
    }
    return items;
  }

  // Elements that the model can refer to where they lie aren't moved.
  bool adopt(const planned_tensor& each) {
    if (!each.into.adopts() || each.from->type != each.into.type()) return false;
    const std::byte* elements = elements_in_place(*each.from);
    if (elements == nullptr) return false;
    pending_.push_back(each.into.adopt(elements, each.from->shape, each.from->bytes));
    adopted_.push_back(each.from->bytes);
    return true;
  }

  static tensor_view contiguous(const aside& of) {
    return {of.memory.first(of.into.nbytes()).data(), of.into.type(), of.into.shape()};
  }

  // What others own on a device can only be copied into, which can fail.
  void put_all_back() const {
    std::size_t begun = 0;
    try {
      for (const aside& each : asides_) {
        ++begun;
        put_back(each);
      }
    } catch (error& failure) {
      changes changed;
      for (const aside& each : std::span(asides_).first(begun)) changed.add(each.name);
      failure.amend(changed.told(failure.info(), ", as a copy to a device failed"));
      throw;
    }
  }

  static void put_back(const aside& from) {
    const tensor_view elements = contiguous(from);
    const memory_space& space = from.into.space();
    if (from.into.is_contiguous()) {
      space.copy_from_host(space, from.into.data(), elements.data(), elements.nbytes());
    } else {
      copy_strided(elements.data(), elements.strides(), from.into.data(), from.into.strides(),
                   elements.shape(), size_of(elements.type()));
    }
  }

  std::vector<pending_tensor> pending_;
  std::vector<aside> asides_;
  std::vector<storage_ptr> adopted_;  // whose elements the model will refer to
  bulk_commit commit_;
};

}  // namespace ingot::detail
