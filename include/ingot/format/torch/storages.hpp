// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/core/checked.hpp>
#include <ingot/core/device.hpp>
#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
#include <ingot/format/pickle/graph.hpp>
#include <ingot/format/pickle/text_index.hpp>
#include <ingot/format/torch/globals.hpp>
#include <ingot/state/storage.hpp>

namespace ingot::detail::torch {

/// A storage that a pickle names, or a part of one.
struct stored {
  storage_ptr bytes{};
  std::string_view key{};
  dtype type = dtype::uint8;
  std::int64_t first = 0;  ///< of a part: where it begins, in elements
  std::int64_t numel = 0;
  bool untyped = false;
  ingot::device device{};
};

/// A storage's size in bytes, or nothing where it doesn't fit. An untyped one counts bytes.
inline std::optional<std::uint64_t> size_in_bytes(const stored& of) {
  return checked_multiply(static_cast<std::uint64_t>(of.numel), std::uint64_t{size_of(of.type)});
}

/// A storage's location is a tag that nothing here depends on; odd ones are kept as they are.
/// Every tensor over the storage has a copy of it, so it is short.
inline ingot::device device_of(const pickle::graph& objects, pickle::item what) {
  constexpr std::size_t longest = 256;
  const std::string_view location = pickle::expect_text(objects, what, "a location");
  if (location.size() > longest) {
    throw format_error(
        {.expected = "a location of at most 256 bytes", .found = std::to_string(location.size())});
  }
  try {
    return ingot::device(location);
  } catch (const value_error&) {
    return {std::string(location), -1};
  }
}

/// Sets the type of a storage from its class, such as torch.FloatStorage.
inline void set_class(stored& into, const pickle::graph& objects, pickle::item what) {
  const auto meaning =
      what.tag == pickle::tag::global ? objects.global(what).meaning : std::uint16_t{0};
  into.untyped = meaning == number(meaning::untyped_storage);
  const auto type = into.untyped ? dtype::uint8 : as_storage(meaning);
  if (!type) pickle::refuse(objects, what, "a storage class such as torch.FloatStorage");
  into.type = *type;
}

inline std::int64_t expect_count(const pickle::graph& objects, pickle::item what) {
  constexpr const char* expected = "a storage's number of elements";
  const std::int64_t count = pickle::expect_integer(objects, what, expected);
  if (count < 0) pickle::refuse(objects, what, expected);
  return count;
}

/// The storages of one pickle: each key once, so that tensors that share a key are aliases.
class storages {
 public:
  const stored& operator[](pickle::item what) const { return all_[what.index]; }
  const std::vector<stored>& all() const noexcept { return all_; }

  /// What (class, key, location, numel) describes. `bytes_of(stored)` is asked for the bytes of a
  /// key that is new. Throws format_error, also for a key that was described otherwise before:
  /// torch silently takes the first description, and with it the wrong dtype or bounds.
  template <class BytesOf>
  pickle::item add(pickle::graph& objects, std::span<const pickle::item> parts, BytesOf bytes_of) {
    stored wanted;
    set_class(wanted, objects, parts[0]);
    wanted.key = pickle::expect_text(objects, parts[1], "a storage's key");
    wanted.numel = expect_count(objects, parts[3]);
    return insert(objects, std::move(wanted), [&](stored& fresh) {
      fresh.bytes = bytes_of(std::as_const(fresh));
      fresh.device = device_of(objects, parts[2]);
    });
  }

  /// The part of a storage that a key names.
  pickle::item add_part(pickle::graph& objects, stored part) {
    return insert(objects, std::move(part), [](stored&) {});
  }

  /// A storage that no key names.
  pickle::item add_unnamed(stored made) {
    all_.push_back(std::move(made));
    return pickle::item::at(pickle::tag::persistent, index() - 1);
  }

  /// The number of the storage of a key in all(); all().size() where none has it.
  std::size_t find(std::string_view key) const { return by_key_.find(key, index()); }

 private:
  std::uint32_t index() const noexcept { return static_cast<std::uint32_t>(all_.size()); }

  template <class Complete>
  pickle::item insert(pickle::graph& objects, stored wanted, Complete complete) {
    objects.charge_text(wanted.key.size());
    const std::uint32_t known = by_key_.insert(wanted.key, index());
    if (known == index()) {
      complete(wanted);
      all_.push_back(std::move(wanted));
    } else {
      check_same(all_[known], wanted);
    }
    return pickle::item::at(pickle::tag::persistent, known);
  }

  static void check_same(const stored& first, const stored& again) {
    const bool same_bytes = again.bytes == nullptr || again.bytes == first.bytes;
    if (first.type == again.type && first.numel == again.numel && first.first == again.first &&
        first.untyped == again.untyped && same_bytes) {
      return;
    }
    const auto text = [](const stored& which) {
      return std::to_string(which.numel) + " of " +
             (which.untyped ? "untyped bytes" : std::string(name(which.type))) +
             (which.first == 0 ? "" : " from " + std::to_string(which.first));
    };
    throw format_error({.where = "storage \"" + std::string(first.key) + '"',
                        .expected = text(first) + ", as before",
                        .found = text(again)});
  }

  std::vector<stored> all_;
  pickle::text_index by_key_;
};

}  // namespace ingot::detail::torch
