// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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

/// A storage that a pickle names.
struct stored {
  storage_ptr bytes{};
  std::string_view key{};
  dtype type = dtype::uint8;
  std::int64_t numel = 0;
  bool untyped = false;
  ingot::device device{};
};

/// The storages of one pickle: each key once, so that tensors that share a key are aliases.
class storages {
 public:
  /// Where the bytes of a key are. Throws format_error where the file has none.
  using locator = std::function<extent(std::string_view key)>;

  explicit storages(locator locate) : locate_(std::move(locate)) {}

  const stored& operator[](pickle::item what) const { return all_[what.index]; }

  /// The storage of a persistent id: ('storage', class, key, location, numel).
  pickle::item add(pickle::graph& objects, pickle::item id) {
    const auto parts = pickle::expect_tuple(objects, id, "a tuple as persistent id");
    if (parts.size() != 5) {
      pickle::refuse(objects, id, "('storage', class, key, location, numel) as persistent id");
    }
    if (pickle::expect_text(objects, parts[0], "'storage'") != "storage") {
      pickle::refuse(objects, parts[0], "'storage'");
    }
    stored wanted = describe(objects, parts);
    objects.charge_text(wanted.key.size());
    const std::uint32_t known = by_key_.insert(wanted.key, index());
    if (known == index()) {
      wanted.bytes = std::make_shared<const storage>(bytes_of(wanted));
      wanted.device = device_of(expect_location(objects, parts[3]));
      all_.push_back(std::move(wanted));
    } else {
      check_same(all_[known], wanted);
    }
    return pickle::item::at(pickle::tag::persistent, known);
  }

 private:
  std::uint32_t index() const noexcept { return static_cast<std::uint32_t>(all_.size()); }

  static stored describe(const pickle::graph& objects, std::span<const pickle::item> parts) {
    stored wanted;
    const auto meaning =
        parts[1].tag == pickle::tag::global ? objects.global(parts[1]).meaning : std::uint16_t{0};
    wanted.untyped = meaning == number(meaning::untyped_storage);
    const auto type = wanted.untyped ? dtype::uint8 : as_storage(meaning);
    if (!type) pickle::refuse(objects, parts[1], "a storage class such as torch.FloatStorage");
    wanted.type = *type;
    wanted.key = pickle::expect_text(objects, parts[2], "a storage's key");
    wanted.numel = pickle::expect_integer(objects, parts[4], "a storage's number of elements");
    if (wanted.numel < 0) pickle::refuse(objects, parts[4], "a storage's number of elements");
    return wanted;
  }

  extent bytes_of(const stored& wanted) const {
    extent bytes = locate_(wanted.key);
    const auto size = checked_multiply(static_cast<std::uint64_t>(wanted.numel),
                                       std::uint64_t{size_of(wanted.type)});
    if (!size || *size != bytes.size) {
      throw format_error(
          {.where = "storage \"" + std::string(wanted.key) + '"',
           .expected = std::to_string(wanted.numel) + " elements of " +
                       std::to_string(size_of(wanted.type)) + " bytes",
           .found = "a record " + bytes.record + " of " + std::to_string(bytes.size) + " bytes",
           .remedy = "the file is damaged"});
    }
    return bytes;
  }

  // torch silently takes the first description of a key, and with it the wrong dtype or bounds.
  static void check_same(const stored& first, const stored& again) {
    if (first.type == again.type && first.numel == again.numel && first.untyped == again.untyped) {
      return;
    }
    const auto text = [](const stored& which) {
      return std::to_string(which.numel) + " of " +
             (which.untyped ? "untyped bytes" : std::string(name(which.type)));
    };
    throw format_error({.where = "storage \"" + std::string(first.key) + '"',
                        .expected = text(first) + ", as before",
                        .found = text(again)});
  }

  // Every tensor over the storage has a copy of it.
  static std::string_view expect_location(const pickle::graph& objects, pickle::item what) {
    constexpr std::size_t longest = 256;
    const std::string_view location = pickle::expect_text(objects, what, "a location");
    if (location.size() <= longest) return location;
    throw format_error(
        {.expected = "a location of at most 256 bytes", .found = std::to_string(location.size())});
  }

  // A storage's location is a tag that nothing here depends on; odd ones are kept as they are.
  static ingot::device device_of(std::string_view location) {
    try {
      return ingot::device(location);
    } catch (const value_error&) {
      return {std::string(location), -1};
    }
  }

  locator locate_;
  std::vector<stored> all_;
  pickle::text_index by_key_;
};

}  // namespace ingot::detail::torch
