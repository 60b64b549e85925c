// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <ingot/core/device.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/memory_space.hpp>
#include <ingot/state/copy_storage.hpp>
#include <ingot/state/read.hpp>
#include <ingot/state/transform.hpp>

namespace ingot {

namespace detail {

/// A block of a space that storages share.
class space_block {
 public:
  space_block(const memory_space& space, std::size_t size)
      : space_(space), data_(space.allocate(space, size)), size_(size) {}
  space_block(const space_block&) = delete;  // owned by shared_ptr
  space_block& operator=(const space_block&) = delete;
  ~space_block() { space_.deallocate(space_, data_, size_); }

  std::byte* data() const noexcept { return static_cast<std::byte*>(data_); }
  std::span<std::byte> bytes() const noexcept { return {data(), size_}; }

 private:
  const memory_space& space_;
  void* data_;
  std::size_t size_;
};

/// Where the bytes of a tensor are copied to. Throws value_error where nothing says it.
inline const memory_space& destination_of(const tensor_data& tensor) {
  if (tensor.destination != nullptr) return *tensor.destination;
  if (tensor.bytes->in_memory()) return tensor.bytes->space();
  if (tensor.device.type() == host_space.name) return host_space;
  const extent& file = *tensor.bytes->file();
  const std::string tag = to_string(tensor.device);
  throw value_error({.file = file.from->name(),
                     .where = file.record,
                     .expected = "a place for a tensor that was saved from " + tag,
                     .found = "no map_location that names one",
                     .remedy = "write open(path, {.map_location = ingot::host_space}), or another "
                               "space, as torch.load(map_location=\"cpu\") does"});
}

/// Copies storages to where their tensors want them, each once, in the host's byte order. The
/// originals must outlive it: their addresses tell them apart.
class storage_cloner {
 public:
  tensor_data operator()(const tensor_data& from) {
    tensor_data result = transform_parts(from, *this);
    if (!from.bytes) return result;
    result.bytes = copy_of(from);
    result.destination = nullptr;
    result.device = device_of(result.bytes->space());
    return result;
  }

 private:
  storage_ptr copy_of(const tensor_data& tensor) {
    const auto [place, is_new] = copies_.try_emplace(tensor.bytes.get());
    if (is_new) place->second = copy_to(destination_of(tensor), *tensor.bytes, tensor.type);
    return place->second;
  }

  storage_ptr copy_to(const memory_space& space, const storage& from, dtype type) {
    const auto size = static_cast<std::size_t>(from.size());
    const auto block = std::make_shared<const space_block>(space, size);
    if (from.in_memory()) {
      copy_bytes(space, block->data(), from.space(), from.data(), size);
    } else if (space.host_accessible) {
      read_storage(from, block->bytes());
      const std::size_t unit = info(type).swap;
      if (from.big_endian() && unit > 1) swap_bytes(block->bytes(), unit);
    } else {
      std::byte* to = block->data();
      copy_storage(from, type, buffer_, [&](std::span<const std::byte> piece) {
        space.copy_from_host(space, to, piece.data(), piece.size());
        to += piece.size();
      });
    }
    return std::make_shared<const storage>(block->data(), size, space, block);
  }

  std::unordered_map<const storage*, storage_ptr> copies_;
  std::vector<std::byte> buffer_;
};

}  // namespace detail

inline value value::clone() const {
  detail::storage_cloner cloner;
  return transform_tensors(*this, std::ref(cloner));
}

}  // namespace ingot
