// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/archive/detail/inner_file.hpp>
#include <ingot/container/tar.hpp>
#include <ingot/core/error.hpp>
#include <ingot/format/pickle/measure.hpp>
#include <ingot/format/torch/bare.hpp>
#include <ingot/format/torch/legacy.hpp>
#include <ingot/format/torch/tar.hpp>
#include <ingot/io/source.hpp>
#include <ingot/io/window_source.hpp>
#include <ingot/state/value.hpp>

namespace ingot::detail {

/// Whether a file begins as pickles of protocol 2 to 5 do: PROTO, and an opcode.
inline bool is_pickle(std::span<const std::byte> head) noexcept {
  return head.size() >= 3 && head[0] == std::byte{0x80} && head[1] >= std::byte{2} &&
         head[1] <= std::byte{5} && pickle::operand_of(static_cast<pickle::opcode>(head[2]));
}

/// The member of a tar file by that name; throws format_error where there isn't just one.
inline source_ptr open_tar_member(const source_ptr& file, std::span<const tar_entry> entries,
                                  std::string_view name) {
  const tar_entry* found = nullptr;
  for (const tar_entry& each : entries) {
    if (each.name != name) continue;
    if (found != nullptr) {
      throw format_error({.file = file->name(),
                          .where = std::string(name),
                          .expected = "one member of that name",
                          .found = "two"});
    }
    found = &each;
  }
  if (found != nullptr) {
    return std::make_shared<window_source>(file, found->offset, found->size, file->name());
  }
  error_info facts{.file = file->name(),
                   .expected = "a tar file by PyTorch (before 0.1.10), with a member \"" +
                               std::string(name) + '"',
                   .found = "a tar file of other files"};
  for (const tar_entry& each : entries) {
    if (!is_model_file(each.name)) continue;
    facts.remedy = "unpack it and open \"" + each.name + "\" in it";
    break;
  }
  throw format_error(std::move(facts));
}

inline value read_legacy(const source_ptr& file) {
  std::array<std::byte, 512> buffer{};
  const auto head = std::span(buffer).first(
      static_cast<std::size_t>(std::min<std::uint64_t>(file->size(), buffer.size())));
  file->read(0, head);
  if (is_tar(head)) {
    const std::vector<tar_entry> entries = read_tar(*file);
    const auto member = [&](std::string_view name) { return open_tar_member(file, entries, name); };
    source_ptr storages = member("storages");
    source_ptr tensors = member("tensors");
    return torch::read_torch_tar(std::move(storages), std::move(tensors), member("pickle"));
  }
  if (torch::legacy_file::begins(*file)) return torch::legacy_file(file).content();
  return torch::read_bare_pickle(file);
}

}  // namespace ingot::detail
