// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ingot/core/device.hpp>
#include <ingot/core/error.hpp>
#include <ingot/core/memory_space.hpp>
#include <ingot/core/naming_file.hpp>
#include <ingot/core/separate.hpp>
#include <ingot/state/clone.hpp>
#include <ingot/state/detail/blame.hpp>
#include <ingot/state/detail/commit.hpp>
#include <ingot/state/read.hpp>
#include <ingot/state/space_block.hpp>
#include <ingot/state/transform.hpp>

namespace ingot {

namespace detail {

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
                               "space, as torch.load(map_location=\"cpu\") does (or "
                               "ingot::locate(value, space), of what wasn't opened by its path)"});
}

/// Copies storages to where their tensors want them, or all to one space, each once, in the host's
/// byte order. The originals must outlive it: their addresses tell them apart.
class storage_cloner {
 public:
  explicit storage_cloner(const memory_space* all = nullptr) : all_(all) {}

  /// A tensor over a copy that has no bytes yet.
  tensor_data operator()(const tensor_data& from) {
    tensor_data result = transform_parts(from, *this);
    if (!from.bytes) return result;
    result.bytes = copy_of(from);
    result.destination = nullptr;
    result.device = device_of(result.bytes->space());
    return result;
  }

  /// Gives all copies their bytes, in the order of their files. Throws what reading and the memory
  /// spaces throw.
  void run() {
    const auto storage_of = [](const auto& copied) { return copied.first; };
    naming_file([&] { return common_file(copies_, storage_of); },
                [&] {
                  for (const swapped& each : swapped_) each.copy();
                  bulk_commit(std::move(items_)).run();
                });
  }

 private:
  storage_ptr copy_of(const tensor_data& tensor) {
    const auto [place, is_new] = copies_.try_emplace(tensor.bytes.get());
    if (is_new) place->second = make_copy(tensor);
    return place->second;
  }

  storage_ptr make_copy(const tensor_data& tensor) {
    const memory_space& space = all_ != nullptr ? *all_ : destination_of(tensor);
    const auto size = static_cast<std::size_t>(tensor.bytes->size());
    std::shared_ptr<const space_block> block;
    const extent* file = tensor.bytes->file();
    blame_on(file != nullptr ? file->record : "a storage", tensor,
             [&] { block = std::make_shared<const space_block>(space, size); });
    const shape octets{static_cast<std::int64_t>(size)};
    const tensor_view into(block->data(), dtype::uint8, octets, space);
    const std::size_t unit = info(tensor.type).swap;
    if (tensor.bytes->big_endian() && unit > 1) {
      swapped_.push_back({tensor.bytes.get(), into, unit});
    } else {
      wholes_.push_back(tensor_over(tensor.bytes, into));
      items_.push_back({{}, &wholes_.back(), into, false});
    }
    return std::make_shared<const storage>(block->data(), size, space, block);
  }

  /// From a machine of the other byte order.
  struct swapped {
    const storage* from;
    tensor_view into;
    std::size_t unit;

    void copy() const {
      std::vector<std::byte> aside(into.space().host_accessible ? 0 : into.nbytes());
      const std::span bytes = aside.empty() ? std::span(into.data(), into.nbytes()) : aside;
      read_storage(*from, bytes);
      swap_bytes(bytes, unit);
      if (!aside.empty())
        copy_bytes(into.space(), into.data(), host_space, aside.data(), aside.size());
    }
  };

  const memory_space* all_;
  std::unordered_map<const storage*, storage_ptr> copies_;
  std::deque<tensor_data> wholes_;  // the bytes of each storage
  std::vector<commit_item> items_;
  std::vector<swapped> swapped_;
};

}  // namespace detail

INGOT_INLINE value value::clone() const {
  detail::storage_cloner cloner;
  value result = transform_tensors(*this, std::ref(cloner));
  cloner.run();
  return result;
}

INGOT_INLINE value snapshot(const value& state) {
  detail::storage_cloner cloner(&host_space);
  value result = transform_tensors(state, std::ref(cloner));
  cloner.run();
  return result;
}

}  // namespace ingot
