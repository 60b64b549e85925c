// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <ingot/archive/archive.hpp>
#include <ingot/io/memory_sink.hpp>
#include <ingot/io/memory_source.hpp>

#include "heap.hpp"
#include "same.hpp"
#include "unmapped.hpp"
#include "use.hpp"

namespace fuzz {

/// What an archive makes of a file; nothing where it is refused. Any error but format_error would
/// say the wrong thing about bytes.
template <ingot::readable_archive A>
std::optional<ingot::contents> read_archive(const ingot::source_ptr& file, std::size_t times) {
  try {
    return in_proportion(static_cast<std::size_t>(file->size()), times,
                         [&]() -> ingot::contents { return A::read(file, {}); });
  } catch (const ingot::format_error&) {
    return std::nullopt;
  }
}

template <ingot::archive A>
std::optional<std::vector<std::byte>> write_archive(const ingot::value& root) {
  ingot::memory_sink out;
  if (!attempt([&] { A::write(root, out, {}); })) return std::nullopt;
  return std::move(out).take();
}

/// safetensors sorts what it writes, by dtype and name.
template <ingot::archive A>
ingot::value in_order(const ingot::value& root) {
  if constexpr (A::name != "safetensors") return root;
  std::vector<ingot::value::pair> items(root.items().begin(), root.items().end());
  std::sort(items.begin(), items.end(),
            [](const auto& a, const auto& b) { return a.first.text() < b.first.text(); });
  return ingot::value::make_mapping(root.kind(), std::move(items));
}

/// What the archive writes it reads again as the same value, and writes then as the same bytes.
template <ingot::archive A>
void write_and_read(const ingot::value& root) {
  const auto written = write_archive<A>(root);
  if (!written) return;
  const ingot::contents again = A::read(ingot::from_memory(std::span(*written)), {});
  if (write_archive<A>(again.root) != written) fail("equal states are equal files");
  if (!same(in_order<A>(root), in_order<A>(again.root))) {
    fail("what was written is read as it was");
  }
}

/// A file is accepted or refused whether it is mapped or not; what is accepted can be used, and
/// written again. `times`: how much memory the archive may take for a byte of the file.
template <ingot::readable_archive A>
std::optional<ingot::contents> check_archive(std::span<const std::byte> input, std::size_t times) {
  const thoroughness how = thoroughness_for(input);
  const bool first = input.size() % 2 == 0;
  const auto source = [&](bool mapped) {
    return mapped ? ingot::from_memory(input) : unmapped(input);
  };
  auto read = read_archive<A>(source(first), times);
  if (how == thoroughness::thorough) {
    const auto other = read_archive<A>(source(!first), times);
    if (other.has_value() != read.has_value()) fail("accepted or refused, mapped or not");
    if (read && !same(read->root, other->root)) fail("a file holds the same, mapped or not");
    if (read && !same(read->metadata, other->metadata)) fail("the same metadata, mapped or not");
  }
  if (!read) return std::nullopt;
  use(read->root, how);
  if constexpr (ingot::archive<A>) {
    if (how == thoroughness::thorough) write_and_read<A>(read->root);
  }
  return read;
}

}  // namespace fuzz
