// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/error.hpp>
#include <ingot/format/pickle/machine.hpp>
#include <ingot/format/pickle/measure.hpp>
#include <ingot/format/torch/environment.hpp>
#include <ingot/io/source.hpp>

namespace ingot::detail::torch {

/// The bytes of one pickle that is a part of a file: where they lie in memory, or a copy.
class pickle_bytes {
 public:
  /// Throws format_error where no whole pickle starts at `offset`.
  pickle_bytes(const source& from, std::uint64_t offset) : offset_(offset) {
    const auto size = static_cast<std::size_t>(pickle::measurer(from, offset).run());
    if (!from.bytes().empty()) {
      all_ = from.bytes().subspan(static_cast<std::size_t>(offset), size);
      return;
    }
    copy_.resize(size);
    from.read(offset, copy_);
    all_ = copy_;
  }
  pickle_bytes(const pickle_bytes&) = delete;  // all_ may refer to copy_
  pickle_bytes& operator=(const pickle_bytes&) = delete;

  std::span<const std::byte> all() const noexcept { return all_; }
  std::uint64_t end() const noexcept { return offset_ + all_.size(); }  ///< in the file

 private:
  std::uint64_t offset_;
  std::vector<std::byte> copy_;
  std::span<const std::byte> all_;
};

/// Calls `read()`; a format_error gets the file's name and the part of the file where it lacks
/// them.
template <class Read>
auto in_part(const source& file, std::string_view part, Read read) {
  try {
    return read();
  } catch (const format_error& failure) {
    error_info facts = failure.info();
    if (facts.file.empty()) facts.file = file.name();
    facts.where = std::string(part) + (facts.where.empty() ? "" : ", " + facts.where);
    throw format_error(std::move(facts));
  }
}

/// A pickle of a few plain values and classes: the bookkeeping of PyTorch's older formats.
class small_pickle {
 public:
  /// `part` is what error messages call it. Throws format_error.
  small_pickle(const source& from, std::uint64_t offset, std::string_view part)
      : bytes_(from, offset), objects_(bytes_.all().size()) {
    root_ =
        in_part(from, part, [&] { return pickle::machine(bytes_.all(), objects_, names_).run(); });
  }

  const graph& objects() const noexcept { return objects_; }
  item root() const noexcept { return root_; }
  std::uint64_t end() const noexcept { return bytes_.end(); }  ///< in the file

 private:
  /// Nothing persistent.
  class bookkeeping final : public environment {
   public:
    item persistent(graph& objects, item id) override {
      pickle::refuse(objects, id, "no persistent id here");
    }
  };

  pickle_bytes bytes_;
  graph objects_;
  bookkeeping names_;
  item root_;
};

}  // namespace ingot::detail::torch
