// SPDX-License-Identifier: Apache-2.0
#pragma once

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

/// Copies storages to host memory, each once, in the host's byte order.
class storage_cloner {
 public:
  tensor_data operator()(const tensor_data& from) {
    tensor_data result = from;
    if (from.bytes) result.bytes = copy_of(from);
    if (from.parts) {
      result.parts = std::make_shared<const value>(transform_tensors(*from.parts, std::ref(*this)));
    }
    if (from.quantizer && from.quantizer->scales) {
      auto copy = std::make_shared<quantizer>(*from.quantizer);
      copy->scales =
          std::make_shared<const value>(transform_tensors(*copy->scales, std::ref(*this)));
      copy->zero_points =
          std::make_shared<const value>(transform_tensors(*copy->zero_points, std::ref(*this)));
      result.quantizer = std::move(copy);
    }
    return result;
  }

 private:
  storage_ptr copy_of(const tensor_data& tensor) {
    const auto [place, is_new] = copies_.try_emplace(tensor.bytes.get());
    if (is_new) {
      originals_.push_back(tensor.bytes);
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
  std::vector<storage_ptr> originals_;  // a storage's address is unique only while it lives
};

}  // namespace detail

inline value value::clone() const {
  detail::storage_cloner cloner;
  return transform_tensors(*this, std::ref(cloner));
}

}  // namespace ingot
