// SPDX-License-Identifier: Apache-2.0
// Pickles as torch.save writes them, and what comes out of them. The storages are beside the
// pickle: each gets the size that the pickle says first.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
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
#include "support/storages.hpp"
#include "support/use.hpp"

namespace {

namespace torch = ingot::detail::torch;

using bytes = std::span<const std::byte>;

constexpr std::size_t largest_storage = 4096;

bytes stored_bytes() {
  static const std::vector<std::byte> made = [] {
    std::vector<std::byte> pattern(largest_storage);
    for (std::size_t i = 0; i < pattern.size(); ++i) pattern[i] = static_cast<std::byte>(i * 7);
    return pattern;
  }();
  return made;
}

std::optional<ingot::value> read(bytes data) {
  const auto storages = fuzz::storages_in(data, largest_storage);
  const auto source = ingot::from_memory(stored_bytes());
  try {
    return fuzz::in_proportion(data.size(), 2048, [&] {
      return torch::read(data, data.size(), [&](std::string_view key) -> ingot::extent {
        const auto known = storages.find(key);
        if (known == storages.end()) throw ingot::format_error({.expected = "a storage"});
        return {.from = source, .size = known->second.size, .record = "storage"};
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
    ingot::copy_buffer buffer;
    std::vector<std::byte> content;
    for (const torch::storage_record& record : writer.storages()) {
      if (record.key != key) continue;
      ingot::copy_storage(*record.bytes, record.type, buffer, [&](bytes piece) {
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
