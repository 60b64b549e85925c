// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <ingot/archive/npy.hpp>
#include <ingot/core/separate.hpp>
#include <ingot/format/npy/read.hpp>
#include <ingot/format/npy/write.hpp>
#include <ingot/state/copy_buffer.hpp>

namespace ingot {

INGOT_INLINE bool npy::holds(const value& leaf) { return detail::npy::holds(leaf); }

INGOT_INLINE bool npy::recognizes(std::span<const std::byte> head) noexcept {
  return detail::npy::is_array(head);
}

INGOT_INLINE void npy::write(const value& state, sink& out, const write_options&) {
  const detail::npy::array_writer array(state, "the root of an .npy file");
  copy_buffer buffer;
  array.write(buffer, [&](std::span<const std::byte> piece) { out.write(piece); });
}

INGOT_INLINE value npy::read(source_ptr in, const read_options&) {
  return detail::npy::named(in->name(), {}, [&] {
    detail::npy::beginning start = detail::npy::read_beginning(*in);
    const std::uint64_t size = start.elements_size();
    return detail::npy::make_array(
        std::move(start.what),
        {.from = in, .offset = start.octets.size(), .size = size, .record = "elements"});
  });
}

}  // namespace ingot
