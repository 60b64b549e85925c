// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include <ingot/archive/detail/npz_read.hpp>
#include <ingot/archive/detail/npz_write.hpp>
#include <ingot/archive/npz.hpp>
#include <ingot/core/separate.hpp>
#include <ingot/format/npy/write.hpp>

namespace ingot {

INGOT_INLINE bool npz::holds(const value& leaf) { return detail::npy::holds(leaf); }

INGOT_INLINE bool npz::recognizes(std::span<const std::byte> head) noexcept {
  return detail::is_npz(head);
}

INGOT_INLINE void npz::write(const value& state, sink& out, const write_options&) {
  detail::write_npz(state, out);
}

INGOT_INLINE value npz::read(source_ptr in, const read_options&) {
  return detail::read_npz(std::move(in));
}

}  // namespace ingot
