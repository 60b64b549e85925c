// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <ingot/core/dtype.hpp>
#include <ingot/core/error.hpp>
#include <ingot/format/pickle/environment.hpp>
#include <ingot/format/pickle/graph.hpp>
#include <ingot/format/pickle/machine.hpp>
#include <ingot/format/torch/globals.hpp>

namespace fuzz {

/// A storage as a pickle describes it first.
struct described_storage {
  std::int64_t numel = 0;
  std::size_t size = 0;  ///< in bytes
};

using described_storages = std::map<std::string, described_storage, std::less<>>;

/// Learns which storages a pickle names; all else in it is inert.
class storage_learner final : public ingot::detail::pickle::environment {
 public:
  using graph = ingot::detail::pickle::graph;
  using item = ingot::detail::pickle::item;
  using tag = ingot::detail::pickle::tag;

  explicit storage_learner(std::size_t largest) : largest_(largest) {}

  std::uint16_t meaning_of(std::string_view name) const override {
    return ingot::detail::torch::find_meaning(name);
  }
  std::optional<item> call(graph&, item, std::span<const item>) override { return std::nullopt; }
  std::optional<item> build(graph&, item, item) override { return std::nullopt; }

  item persistent(graph& objects, item id) override {
    const auto parts = ingot::detail::pickle::expect_tuple(objects, id, "a tuple");
    if (parts.size() >= 5 && parts[1].tag == tag::global && parts[2].tag == tag::text &&
        parts[4].tag == tag::integer) {
      const auto type = ingot::detail::torch::as_storage(objects.global(parts[1]).meaning);
      const std::size_t element = type ? ingot::size_of(*type) : 1;
      const std::int64_t numel = parts[4].integer;
      if (numel >= 0 && static_cast<std::uint64_t>(numel) <= largest_ / element) {
        found_.try_emplace(std::string(objects.text(parts[2])),
                           described_storage{numel, static_cast<std::size_t>(numel) * element});
      }
    }
    return objects.add_object(objects.add_global({"storage", 0}), objects.add_tuple({}));
  }
  ingot::value persistent_value(const graph&, item) override { return {}; }
  ingot::value global_value(const graph&, item) override { return {}; }

  described_storages take() && { return std::move(found_); }

 private:
  std::size_t largest_;
  described_storages found_;
};

/// The storages of at most `largest` bytes that a pickle names, up to where it is damaged.
inline described_storages storages_in(std::span<const std::byte> pickle, std::size_t largest) {
  if (std::memchr(pickle.data(), 'Q', pickle.size()) == nullptr) return {};  // no BINPERSID
  storage_learner names(largest);
  ingot::detail::pickle::graph objects(pickle.size());
  try {
    ingot::detail::pickle::machine(pickle, objects, names).run();
  } catch (const ingot::error&) {
  }
  return std::move(names).take();
}

}  // namespace fuzz
