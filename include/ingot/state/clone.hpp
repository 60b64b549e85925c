// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <unordered_map>

#include <ingot/state/read.hpp>
#include <ingot/state/transform.hpp>
#include <ingot/storage/host_allocator.hpp>

namespace ingot {

namespace detail {

/// A block of host memory that storages share.
class host_block {
 public:
  explicit host_block(std::size_t size)
      : data_(host_allocator<std::byte>{}.allocate(size)), size_(size) {}
  host_block(const host_block&) = delete;  // owned by shared_ptr
  host_block& operator=(const host_block&) = delete;
  ~host_block() { host_allocator<std::byte>{}.deallocate(data_, size_); }

  std::span<std::byte> bytes() const noexcept { return {data_, size_}; }

 private:
  std::byte* data_;
  std::size_t size_;
};

/// Copies storages to host memory, each once, in the host's byte order. The originals must outlive
/// it: their addresses tell them apart.
class storage_cloner {
 public:
  tensor_data operator()(const tensor_data& from) {
    tensor_data result = from;
    if (from.bytes) result.bytes = copy_of(from);
    result.parts = copy_of(from.parts);
    if (from.quantizer && from.quantizer->scales) {
      auto copy = std::make_shared<quantizer>(*from.quantizer);
      copy->scales = copy_of(copy->scales);
      copy->zero_points = copy_of(copy->zero_points);
      result.quantizer = std::move(copy);
    }
    return result;
  }

 private:
  std::shared_ptr<const value> copy_of(const std::shared_ptr<const value>& part) {
    if (!part) return nullptr;
    return std::make_shared<const value>(transform_tensors(*part, std::ref(*this)));
  }

  storage_ptr copy_of(const tensor_data& tensor) {
    const auto [place, is_new] = copies_.try_emplace(tensor.bytes.get());
    if (is_new) {
      const auto block = std::make_shared<const host_block>(tensor.bytes->size());
      read_storage(*tensor.bytes, block->bytes());
      const std::size_t unit = info(tensor.type).swap;
      if (tensor.bytes->big_endian() && unit > 1) swap_bytes(block->bytes(), unit);
      place->second = std::make_shared<const storage>(block->bytes().data(), block->bytes().size(),
                                                      host_space, block);
    }
    return place->second;
  }

  std::unordered_map<const storage*, storage_ptr> copies_;
};

}  // namespace detail

inline value value::clone() const {
  detail::storage_cloner cloner;
  return transform_tensors(*this, std::ref(cloner));
}

}  // namespace ingot
