// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/tensor_view.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/io/window_source.hpp>
#include <ingot/state/cast.hpp>
#include <ingot/state/detail/read_ahead.hpp>
#include <ingot/state/detail/scratch.hpp>
#include <ingot/state/read.hpp>
#include <ingot/state/tensor_data.hpp>

namespace ingot::detail {

/// A stored tensor and the memory that its elements go to, which has its shape; another dtype is a
/// conversion.
struct commit_item {
  std::string_view name;
  const tensor_data* from;
  tensor_view into;
  bool in_place;  ///< whether `into` is the model's memory already
};

/// Moves the bytes of tensors from where they are stored into memory: in the order of the file,
/// each storage once, straight into its destination where that is possible. The constructor
/// allocates all that run() needs.
class bulk_commit {
 public:
  explicit bulk_commit(std::vector<commit_item> items) : items_(std::move(items)) {
    std::erase_if(items_, [](const commit_item& item) { return item.into.numel() == 0; });
    sort_by_place();
    for_each_storage([this](std::span<const commit_item> group) { reserve(group); });
  }

  /// Throws format_error and file_error, which then name what had already changed.
  void run() {
    std::size_t done = 0;
    try {
      for_each_storage([&](std::span<const commit_item> group) {
        done += group.size();
        move(group);
      });
    } catch (const format_error& failure) {
      throw format_error(with_changes(failure.info(), done));
    } catch (const file_error& failure) {
      throw file_error(with_changes(failure.info(), done));
    }
  }

 private:
  static constexpr std::size_t piece_size = std::size_t{256} << 10;

  void sort_by_place() {
    using key = std::tuple<std::uintptr_t, std::uint64_t, std::uintptr_t, std::size_t>;
    std::vector<key> keys;
    keys.reserve(items_.size());
    for (std::size_t i = 0; i < items_.size(); ++i) {
      const storage& stored = *items_[i].from->bytes;
      if (in_host_memory(stored)) {
        keys.emplace_back(0, 0, 0, i);  // is read in place: any order will do
        continue;
      }
      const source* from = nullptr;
      std::uint64_t offset = 0;
      if (const extent* file = stored.file()) {
        from = file->from.get();
        offset = file->offset;
        if (const auto* window = dynamic_cast<const window_source*>(from)) {
          from = window->base().get();
          offset += window->offset();
        }
      }
      keys.emplace_back(reinterpret_cast<std::uintptr_t>(from), offset,
                        reinterpret_cast<std::uintptr_t>(&stored), i);
    }
    if (std::ranges::is_sorted(keys)) return;
    std::ranges::sort(keys);
    std::vector<commit_item> sorted;
    sorted.reserve(items_.size());
    for (const key& next : keys) sorted.push_back(std::move(items_[std::get<3>(next)]));
    items_ = std::move(sorted);
  }

  template <class Visit>
  void for_each_storage(Visit visit) const {
    for (std::size_t first = 0; first < items_.size();) {
      std::size_t last = first + 1;
      while (last < items_.size() && items_[last].from->bytes == items_[first].from->bytes) ++last;
      visit(std::span(items_).subspan(first, last - first));
      first = last;
    }
  }

  static bool converts(const commit_item& item) { return item.from->type != item.into.type(); }

  // The elements lie in the storage in the order in which the destination has them.
  static bool streams(std::span<const commit_item> group) {
    return group.size() == 1 && covers_storage(*group[0].from) && group[0].into.is_contiguous();
  }

  static bool in_host_memory(const storage& stored) {
    return stored.in_memory() && stored.space().host_accessible;
  }

  // Without a checksum of the whole, nothing but the tensor's own bytes need be read.
  static bool reads_apart(const storage& stored) {
    return !stored.in_memory() && !stored.file()->crc;
  }

  // Whether elements must be worked on between the storage and the destination.
  static bool needs_staging(const commit_item& item) {
    return converts(item) || needs_resolving(*item.from) || !item.into.space().host_accessible;
  }

  void reserve(std::span<const commit_item> group) {
    const storage& stored = *group[0].from->bytes;
    if (!stored.in_memory()) ahead_.reserve();
    if (streams(group)) {
      if (converts(group[0]) || !group[0].into.space().host_accessible) {
        elements_.reserve(piece_size);
        converted_.reserve(piece_size / size_of(group[0].from->type) *
                           size_of(group[0].into.type()));
      }
      return;
    }
    if (!in_host_memory(stored) && !reads_apart(stored)) {
      stored_.reserve(static_cast<std::size_t>(stored.size()));
    }
    for (const commit_item& item : group) {
      if (reads_apart(stored)) {
        const auto [first, end] = bytes_in_storage(*item.from);
        stored_.reserve(static_cast<std::size_t>(end - first));
      }
      if (!needs_staging(item)) continue;
      if (!item.into.space().host_accessible && !item.into.is_contiguous()) {
        throw value_error(
            {.where = std::string(item.name),
             .expected = "contiguous memory on " + std::string(item.into.space().name),
             .found = "a strided view of it"});
      }
      elements_.reserve(static_cast<std::size_t>(item.into.numel()) * size_of(item.from->type));
      if (converts(item)) converted_.reserve(item.into.nbytes());
    }
  }

  // All bytes of the storage of a group.
  void read_whole(std::span<const commit_item> group, std::span<std::byte> into) {
    const std::size_t next = static_cast<std::size_t>(group.data() - items_.data()) + group.size();
    ahead_.read(*group[0].from->bytes, into, [&](std::size_t i) -> const storage* {
      return next + i < items_.size() ? items_[next + i].from->bytes.get() : nullptr;
    });
  }

  void move(std::span<const commit_item> group) {
    const tensor_data& tensor = *group[0].from;
    if (streams(group)) {
      const commit_item& item = group[0];
      if (converts(item) || !item.into.space().host_accessible) return stream(item);
      const std::span<std::byte> bytes(item.into.data(), item.into.nbytes());
      read_whole(group, bytes);
      return resolve_elements(tensor, bytes);
    }
    if (reads_apart(*tensor.bytes)) {
      for (const commit_item& item : group) read_apart(item);
      return;
    }
    const std::byte* stored = tensor.bytes->data();
    if (!in_host_memory(*tensor.bytes)) {
      const auto bytes = stored_.first(static_cast<std::size_t>(tensor.bytes->size()));
      read_whole(group, bytes);
      stored = bytes.data();
    }
    for (const commit_item& item : group) place(item, stored + bytes_in_storage(*item.from).first);
  }

  // A slice of a file's tensor, straight into its destination where it lies there in one piece.
  void read_apart(const commit_item& item) const {
    const extent& file = *item.from->bytes->file();
    const auto [first, end] = bytes_in_storage(*item.from);
    const auto size = static_cast<std::size_t>(end - first);
    if (!needs_staging(item) && item.into.is_contiguous() &&
        is_contiguous(item.from->shape, item.from->strides)) {
      return file.from->read(file.offset + first, {item.into.data(), size});
    }
    file.from->read(file.offset + first, stored_.first(size));
    place(item, stored_.first(size).data());
  }

  // Piece by piece through the cache, for what is converted or goes to a device.
  void stream(const commit_item& item) const {
    const storage& stored = *item.from->bytes;
    const extent* file = stored.file();
    const std::size_t from_size = size_of(item.from->type);
    const std::size_t to_size = size_of(item.into.type());
    const auto size = static_cast<std::size_t>(stored.size());
    std::uint32_t crc = 0;
    for (std::size_t done = 0; done < size;) {
      const auto piece = elements_.first(std::min(piece_size, size - done));
      if (file != nullptr) {
        file->from->read(file->offset + done, piece);
        if (file->crc) crc = crc32(crc, piece);
      } else {
        stored.space().copy_to_host(stored.space(), piece.data(), stored.data() + done,
                                    piece.size());
      }
      resolve_elements(*item.from, piece);
      write_elements(item, piece, item.into.data() + done / from_size * to_size);
      done += piece.size();
    }
    if (file != nullptr && file->crc && crc != *file->crc) refuse_checksum(*file, crc);
  }

  // Writes contiguous elements to contiguous memory of the destination.
  void write_elements(const commit_item& item, std::span<const std::byte> elements,
                      std::byte* to) const {
    if (converts(item)) {
      const std::size_t count = elements.size() / size_of(item.from->type);
      const auto converted = converted_.first(count * size_of(item.into.type()));
      cast_elements(elements.data(), item.from->type, converted.data(), item.into.type(), count);
      elements = converted;
    }
    const memory_space& space = item.into.space();
    space.copy_from_host(space, to, elements.data(), elements.size());
  }

  // `first` is where the tensor's first element lies.
  void place(const commit_item& item, const std::byte* first) const {
    if (!needs_staging(item)) return place_from(*item.from, first, item.into);
    const auto elements =
        elements_.first(static_cast<std::size_t>(item.into.numel()) * size_of(item.from->type));
    const std::size_t element = size_of(item.from->type);
    const strides steps = contiguous_strides(item.from->shape);
    copy_strided(first, item.from->strides, elements.data(), steps, item.from->shape, element);
    resolve_elements(*item.from, elements);
    if (item.into.is_contiguous()) return write_elements(item, elements, item.into.data());
    const std::byte* result = elements.data();
    if (converts(item)) {
      const auto converted = converted_.first(item.into.nbytes());
      cast_elements(result, item.from->type, converted.data(), item.into.type(),
                    static_cast<std::size_t>(item.into.numel()));
      result = converted.data();
    }
    copy_strided(result, steps, item.into.data(), item.into.strides(), item.into.shape(),
                 size_of(item.into.type()));
  }

  // Which memory of the model isn't what it was, where the first `done` items were begun.
  error_info with_changes(error_info info, std::size_t done) const {
    constexpr std::size_t most = 8;
    std::string names;
    std::size_t count = 0;
    for (const commit_item& item : std::span(items_).first(done)) {
      if (!item.in_place || ++count > most) continue;
      names += (names.empty() ? "" : ", ") + std::string(item.name);
    }
    if (info.where.empty() && done != 0) info.where = items_[done - 1].name;
    if (!info.remedy.empty()) info.remedy += "; ";
    if (count == 0) {
      info.remedy += "nothing was changed";
    } else {
      if (count > most) names += " and " + std::to_string(count - most) + " more";
      info.remedy +=
          "these had already changed: " + names + " (.all_or_nothing = true reads all aside first)";
    }
    return info;
  }

  std::vector<commit_item> items_;
  scratch stored_;
  scratch elements_;
  scratch converted_;
  read_ahead ahead_;
};

}  // namespace ingot::detail
