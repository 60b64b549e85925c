// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include <ingot/archive/detail/legacy_read.hpp>
#include <ingot/archive/detail/torch_contents.hpp>
#include <ingot/archive/legacy.hpp>
#include <ingot/container/tar.hpp>
#include <ingot/core/separate.hpp>

namespace ingot {

INGOT_INLINE bool legacy::recognizes(std::span<const std::byte> head) noexcept {
  return is_tar(head) || detail::is_pickle(head);
}

INGOT_INLINE contents legacy::read(const source_ptr& in, const read_options&) {
  return detail::torch_contents(detail::read_legacy(in), name);
}

}  // namespace ingot
