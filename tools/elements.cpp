// SPDX-License-Identifier: Apache-2.0
#include "elements.hpp"

#include <algorithm>
#include <bit>

#include <ingot/state/materialized_size.hpp>
#include <ingot/state/read.hpp>

namespace ingot::tools {

namespace {

bool can_stream(const tensor_data& tensor) {
  return tensor.bytes && tensor.layout == layout::strided && !tensor.conjugate &&
         !tensor.negative && is_contiguous(tensor.shape, tensor.strides);
}

bool in_host_order(const storage& bytes) {
  return bytes.in_memory() || bytes.big_endian() == (std::endian::native == std::endian::big);
}

}  // namespace

element_reader::element_reader(const tensor_data& tensor, std::string name)
    : tensor_(tensor), size_(detail::materialized_size(tensor, name)) {
  if (can_stream(tensor)) return;
  gathered_.resize(static_cast<std::size_t>(size_));
  read_tensor(tensor, tensor_view(gathered_.data(), tensor.type, tensor.shape), name);
}

void element_reader::read(std::uint64_t offset, std::span<std::byte> into) const {
  if (into.empty()) return;
  if (!can_stream(tensor_)) {
    std::copy_n(gathered_.begin() + static_cast<std::ptrdiff_t>(offset), into.size(), into.begin());
    return;
  }
  const storage& from = *tensor_.bytes;
  offset += static_cast<std::uint64_t>(tensor_.offset) * size_of(tensor_.type);
  if (const extent* file = from.file()) {
    file->from->read(file->offset + offset, into);
  } else {
    from.space().copy_to_host(from.space(), into.data(), from.data() + offset, into.size());
  }
  if (!in_host_order(from)) detail::swap_bytes(into, info(tensor_.type).swap);
}

}  // namespace ingot::tools
