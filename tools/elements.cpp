// SPDX-License-Identifier: Apache-2.0
#include "elements.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include <ingot/core/error.hpp>
#include <ingot/state/read.hpp>

namespace ingot::tools {

namespace {

bool can_stream(const tensor_data& tensor) {
  return tensor.bytes && tensor.layout == layout::strided && !tensor.conjugate &&
         !tensor.negative && is_contiguous(tensor.shape, tensor.strides);
}

/// A stride of 0 makes few bytes look like many: 2^62 elements are legal in a file of one.
void check_proportion(const tensor_data& tensor, std::uint64_t size, const std::string& name) {
  constexpr std::uint64_t most_times = 1000;
  constexpr std::uint64_t always_fine = std::uint64_t{1} << 20;
  const std::uint64_t stored = tensor.bytes ? tensor.bytes->size() : 0;
  if (size <= always_fine || size / most_times <= stored) return;
  throw value_error({.where = name,
                     .expected = "elements of at most " + std::to_string(most_times) +
                                 " times their " + std::to_string(stored) + " stored bytes",
                     .found = "an expanded tensor " + to_string(tensor.shape)});
}

bool in_host_order(const storage& bytes) {
  return bytes.in_memory() || bytes.big_endian() == (std::endian::native == std::endian::big);
}

}  // namespace

void swap_units(std::span<std::byte> bytes, std::size_t unit) {
  if (unit == 1) return;
  for (; bytes.size() >= unit; bytes = bytes.subspan(unit)) {
    std::reverse(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(unit));
  }
}

element_reader::element_reader(const tensor_data& tensor, std::string name)
    : tensor_(tensor),
      size_(static_cast<std::uint64_t>(
          byte_count(tensor.shape, size_of(tensor.type)).value_or(INT64_MAX))) {
  if (can_stream(tensor)) return;
  check_proportion(tensor, size_, name);
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
  if (!in_host_order(from)) swap_units(into, info(tensor_.type).swap);
}

}  // namespace ingot::tools
