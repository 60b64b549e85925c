// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/core/memory_space.hpp>
#include <ingot/core/tensor_view.hpp>
#include <ingot/core/transfer.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/state/cast.hpp>
#include <ingot/state/copy_buffer.hpp>
#include <ingot/state/detail/changes.hpp>
#include <ingot/state/detail/commit_item.hpp>
#include <ingot/state/detail/read_ahead.hpp>
#include <ingot/state/detail/scratch.hpp>
#include <ingot/state/detail/uploads.hpp>
#include <ingot/state/read.hpp>
#include <ingot/state/tensor_data.hpp>

namespace ingot::detail {

/// Moves the bytes of tensors from where they are stored into memory: in the order of the file,
/// each storage once, straight into its destination where that is possible. The constructor
/// allocates the buffers that run() needs.
class bulk_commit {
 public:
  explicit bulk_commit(std::vector<commit_item> items) : items_(std::move(items)) {
    leave_out_the_empty();
    sort_by_place(items_);
    for_each_storage([this](std::span<const commit_item> group) {
      reserve(group);
      if (downloads(group)) downloads_.expect(*group[0].from->bytes);
      const bool sends = !stays_on_devices(group);
      for (const commit_item& item : group) {
        const memory_space& space = item.into.space();
        if (!space.host_accessible) uploads_.expect(space, sends ? item.into.nbytes() : 0);
      }
    });
    uploads_.reserve();
  }

  /// All bytes are in their places on return. Throws format_error, file_error and what the memory
  /// spaces throw.
  void run() {
    for_each_storage([&](std::span<const commit_item> group) {
      begun_ += group.size();
      move(group);
    });
    uploads_.finish();
  }

  /// The same of what goes to a model: errors name what of it had already changed.
  void run_on_model() {
    try {
      run();
    } catch (error& failure) {
      failure.amend(with_changes(failure.info(), begun_));
      throw;
    }
  }

 private:
  // Nothing is read of them: whether the checksum is that of no bytes is known at once.
  void leave_out_the_empty() {
    std::vector<std::byte> nothing;
    std::erase_if(items_, [&](const commit_item& item) {
      if (item.into.numel() != 0) return false;
      if (item.from->bytes->size() == 0) verify_storage(*item.from->bytes, nothing);
      return true;
    });
  }

  template <class Visit>
  void for_each_storage(Visit visit) const {
    for (std::size_t first = 0; first < items_.size();) {
      std::size_t last = first + 1;
      while (last < items_.size() && items_[last].from->bytes == items_[first].from->bytes &&
             !goes_alone(items_[first]) && !goes_alone(items_[last])) {
        ++last;
      }
      visit(std::span(items_).subspan(first, last - first));
      first = last;
    }
  }

  static bool converts(const commit_item& item) { return item.from->type != item.into.type(); }

  // The elements lie in the storage in the order in which the destination has them.
  static bool streams(std::span<const commit_item> group) {
    return group.size() == 1 && covers_storage(*group[0].from) && group[0].into.is_contiguous();
  }

  // They come from a device's memory to the host's.
  static bool downloads(std::span<const commit_item> group) {
    const storage& stored = *group[0].from->bytes;
    return streams(group) && !converts(group[0]) && group[0].into.space().host_accessible &&
           stored.in_memory() && !stored.space().host_accessible;
  }

  // They go from one device's memory to another's as they are.
  static bool stays_on_devices(std::span<const commit_item> group) {
    const storage& stored = *group[0].from->bytes;
    return streams(group) && !converts(group[0]) && !needs_resolving(*group[0].from) &&
           !group[0].into.space().host_accessible && stored.in_memory() &&
           !stored.space().host_accessible;
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
      if (converts(group[0])) elements_.reserve(transfer_piece);
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
      require_writable(item.name, item.into);
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
    if (downloads(group)) return download(tensor, group[0].into);
    if (streams(group)) return stream(group);
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

  void download(const tensor_data& from, const tensor_view& into) {
    std::byte* to = into.data();
    downloads_.fetch(from.bytes->space(), from.bytes->data(), into.nbytes(),
                     [&to](std::span<const std::byte> piece) {
                       std::memcpy(to, piece.data(), piece.size());
                       to += piece.size();
                     });
    resolve_elements(from, {into.data(), into.nbytes()});
  }

  // A slice of a file's tensor, straight into its destination where it lies there in one piece.
  void read_apart(const commit_item& item) {
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

  // Straight to where the elements go, as a whole where they needn't be looked at, else piece by
  // piece through the cache.
  void stream(std::span<const commit_item> group) {
    const commit_item& item = group[0];
    const storage& stored = *item.from->bytes;
    const tensor_view& into = item.into;
    const bool on_host = into.space().host_accessible;
    if (stays_on_devices(group)) {
      return uploads_.to(into.space())
          .copy(into.space(), into.data(), stored.space(), stored.data(), into.nbytes());
    }
    if (!converts(item) && (on_host || into.nbytes() <= transfer_piece)) {
      const std::span<std::byte> bytes = room(item, 0, into.nbytes());
      read_whole(group, bytes);
      resolve_elements(*item.from, bytes);
      return fill(item, 0);
    }
    const std::size_t from_size = size_of(item.from->type);
    const std::size_t to_size = size_of(into.type());
    const std::size_t piece_size = transfer_piece / std::max(from_size, to_size) * from_size;
    const auto size = static_cast<std::size_t>(stored.size());
    std::uint32_t crc = 0;
    for (std::size_t done = 0; done < size;) {
      const std::size_t now = std::min(piece_size, size - done);
      const std::size_t offset = done / from_size * to_size;
      const std::span<std::byte> bytes = room(item, offset, now / from_size * to_size);
      const std::span<std::byte> piece = converts(item) ? elements_.first(now) : bytes;
      read_piece(stored, done, piece, crc);
      resolve_elements(*item.from, piece);
      if (converts(item)) {
        cast_elements(piece.data(), item.from->type, bytes.data(), into.type(), now / from_size);
      }
      fill(item, offset);
      done += now;
    }
    const extent* file = stored.file();
    if (file != nullptr && file->crc && crc != *file->crc) refuse_checksum(*file, crc);
    stored.set_verified();
  }

  static void read_piece(const storage& stored, std::size_t done, std::span<std::byte> into,
                         std::uint32_t& crc) {
    if (const extent* file = stored.file()) {
      file->from->read(file->offset + done, into);
      if (file->crc) crc = crc32(crc, into);
    } else {
      stored.space().copy_to_host(stored.space(), into.data(), stored.data() + done, into.size());
    }
  }

  // Host memory for bytes of a contiguous destination: its own, or what fill() sends there.
  std::span<std::byte> room(const commit_item& item, std::size_t offset, std::size_t size) {
    if (item.into.space().host_accessible) return {item.into.data() + offset, size};
    return uploads_.to(item.into.space()).buffer(size);
  }

  // room() was filled.
  void fill(const commit_item& item, std::size_t offset) {
    const memory_space& space = item.into.space();
    if (!space.host_accessible) uploads_.to(space).send(space, item.into.data(), offset);
  }

  // Writes contiguous elements to contiguous memory of the destination.
  void write_elements(const commit_item& item, std::span<const std::byte> elements) {
    if (converts(item)) {
      const std::size_t count = elements.size() / size_of(item.from->type);
      const auto converted = converted_.first(count * size_of(item.into.type()));
      cast_elements(elements.data(), item.from->type, converted.data(), item.into.type(), count);
      elements = converted;
    }
    for (std::size_t done = 0; done < elements.size();) {
      const auto piece = elements.subspan(done, std::min(transfer_piece, elements.size() - done));
      std::memcpy(room(item, done, piece.size()).data(), piece.data(), piece.size());
      fill(item, done);
      done += piece.size();
    }
  }

  // `first` is where the tensor's first element lies.
  void place(const commit_item& item, const std::byte* first) {
    if (!needs_staging(item)) return place_from(*item.from, first, item.into);
    const auto elements =
        elements_.first(static_cast<std::size_t>(item.into.numel()) * size_of(item.from->type));
    const std::size_t element = size_of(item.from->type);
    const strides steps = contiguous_strides(item.from->shape);
    copy_strided(first, item.from->strides, elements.data(), steps, item.from->shape, element);
    resolve_elements(*item.from, elements);
    if (item.into.is_contiguous()) return write_elements(item, elements);
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

  // Where the first `done` items were begun.
  error_info with_changes(error_info info, std::size_t done) const {
    changes changed;
    for (const commit_item& item : std::span(items_).first(done)) {
      if (item.in_place) changed.add(item.name);
    }
    if (info.where.empty() && done != 0) info.where = items_[done - 1].name;
    return changed.told(std::move(info), " (.all_or_nothing = true reads all aside first)");
  }

  std::vector<commit_item> items_;
  scratch stored_;
  scratch elements_;
  scratch converted_;
  read_ahead ahead_;
  copy_buffer downloads_;
  uploads uploads_;
  std::size_t begun_ = 0;  // items
};

}  // namespace ingot::detail
