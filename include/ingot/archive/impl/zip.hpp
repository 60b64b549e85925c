// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include <ingot/archive/detail/zip_read.hpp>
#include <ingot/archive/detail/zip_write.hpp>
#include <ingot/archive/zip.hpp>
#include <ingot/container/zip_reader.hpp>
#include <ingot/core/dtype.hpp>
#include <ingot/core/separate.hpp>

namespace ingot {

INGOT_INLINE bool zip::holds(const value& leaf) {
  const kind which = leaf.kind();
  if (which == kind::tensor) return info(leaf.type()).in_torch;
  return which != kind::object && which != kind::cycle && which != kind::ndarray;
}

INGOT_INLINE bool zip::recognizes(std::span<const std::byte> head) noexcept { return is_zip(head); }

INGOT_INLINE void zip::write(const value& state, sink& out, const write_options&) {
  detail::write_torch_zip(state, out);
}

INGOT_INLINE contents zip::read(source_ptr in, const read_options&) {
  return detail::read_torch_zip(std::move(in), name);
}

}  // namespace ingot
