// SPDX-License-Identifier: Apache-2.0
// Pickles as torch.save writes them, and what comes out of them. The storages are beside the
// pickle: each gets the size that the pickle says first.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/format/torch/read.hpp>
#include <ingot/format/torch/write.hpp>
#include <ingot/ingot.hpp>
#include <ingot/state/copy_storage.hpp>

#include "support/heap.hpp"
#include "support/pickle_mutator.hpp"
#include "support/same.hpp"
#include "support/use.hpp"

namespace {

namespace pickle = ingot::detail::pickle;
namespace torch = ingot::detail::torch;

using bytes = std::span<const std::byte>;

constexpr std::size_t largest_storage = 4096;

/// Learns the size of each storage that a pickle names; all else in it is inert.
class storage_sizes final : public pickle::environment {
 public:
  std::uint16_t meaning_of(std::string_view name) const override {
    return torch::find_meaning(name);
  }
  std::optional<pickle::item> call(pickle::graph&, pickle::item,
                                   std::span<const pickle::item>) override {
    return std::nullopt;
  }
  std::optional<pickle::item> build(pickle::graph&, pickle::item, pickle::item) override {
    return std::nullopt;
  }
  pickle::item persistent(pickle::graph& objects, pickle::item id) override {
    const auto parts = pickle::expect_tuple(objects, id, "a tuple");
    if (parts.size() == 5 && parts[1].tag == pickle::tag::global &&
        parts[2].tag == pickle::tag::text && parts[4].tag == pickle::tag::integer) {
      const auto type = torch::as_storage(objects.global(parts[1]).meaning);
      const auto element = type ? ingot::size_of(*type) : std::size_t{1};
      if (parts[4].integer >= 0 &&
          static_cast<std::uint64_t>(parts[4].integer) <= largest_storage / element) {
        sizes.try_emplace(std::string(objects.text(parts[2])),
                          static_cast<std::size_t>(parts[4].integer) * element);
      }
    }
    return objects.add_object(objects.add_global({"storage", 0}), objects.add_tuple({}));
  }
  ingot::value persistent_value(const pickle::graph&, pickle::item) override { return {}; }
  ingot::value global_value(const pickle::graph&, pickle::item) override { return {}; }

  std::map<std::string, std::size_t, std::less<>> sizes;
};

bytes stored_bytes() {
  static const std::vector<std::byte> made = [] {
    std::vector<std::byte> pattern(largest_storage);
    for (std::size_t i = 0; i < pattern.size(); ++i) pattern[i] = static_cast<std::byte>(i * 7);
    return pattern;
  }();
  return made;
}

std::map<std::string, std::size_t, std::less<>> sizes_in(bytes data) {
  storage_sizes names;
  pickle::graph objects(data.size());
  fuzz::attempt([&] { pickle::machine(data, objects, names).run(); });
  return std::move(names.sizes);
}

std::optional<ingot::value> read(bytes data) {
  const auto sizes = sizes_in(data);
  const auto source = ingot::from_memory(stored_bytes());
  try {
    return fuzz::in_proportion(data.size(), 2048, [&] {
      return torch::read(data, data.size(), [&](std::string_view key) -> ingot::extent {
        const auto known = sizes.find(key);
        if (known == sizes.end()) throw ingot::format_error({.expected = "a storage"});
        return {.from = source, .size = known->second, .record = "storage"};
      });
    });
  } catch (const ingot::format_error&) {
    return std::nullopt;  // any other error says the wrong thing about bytes
  }
}

/// What can be written is read again as what it was.
void write_and_read(const ingot::value& root) {
  torch::state_writer writer;
  std::string written;
  if (!fuzz::attempt([&] { written = writer.run(root); })) return;
  const bytes data = std::as_bytes(std::span(written));
  const ingot::value again = torch::read(data, data.size(), [&](std::string_view key) {
    std::vector<std::byte> buffer;
    std::vector<std::byte> content;
    for (const torch::storage_record& record : writer.storages()) {
      if (record.key != key) continue;
      ingot::detail::copy_storage(*record.bytes, record.type, buffer, [&](bytes piece) {
        content.insert(content.end(), piece.begin(), piece.end());
      });
    }
    const std::size_t size = content.size();
    return ingot::extent{.from = ingot::from_memory(std::move(content)), .size = size};
  });
  if (!fuzz::same(root, again)) fuzz::fail("what was written is read as it was");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes input = std::as_bytes(std::span(data, size));
  const auto root = read(input);
  if (!root) return 0;
  const auto how = fuzz::thoroughness_for(input);
  fuzz::use(*root, how);
  if (how == fuzz::thoroughness::thorough) write_and_read(*root);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  fuzz::random dice(seed);
  std::string pickle(reinterpret_cast<const char*>(data), size);
  fuzz::pickle_mutator(dice, most)(pickle);
  return fuzz::give(pickle, data, most);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* a, std::size_t size_a,
                                                 const std::uint8_t* b, std::size_t size_b,
                                                 std::uint8_t* out, std::size_t most,
                                                 unsigned seed) {
  fuzz::random dice(seed);
  const std::string made = fuzz::pickle_mutator(dice, most)
                               .cross({reinterpret_cast<const char*>(a), size_a},
                                      {reinterpret_cast<const char*>(b), size_b});
  return fuzz::give(made, out, most);
}
