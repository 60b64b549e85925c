// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace ingot::detail::index {

/// What the name of an index says about the files beside it.
struct family {
  std::string stem;    ///< "model", "model.fp16": what the names of the shards begin with
  std::string suffix;  ///< ".safetensors", ".bin": what they end with
};

/// The family of "model.safetensors.index.json", "model.safetensors.index.fp16.json" (transformers'
/// variants) or "model.fp16.safetensors.index.json" (huggingface_hub's); nothing for another name.
inline std::optional<family> family_of(std::string_view file_name) {
  constexpr std::string_view json = ".json";
  constexpr std::string_view mark = ".index";
  if (!file_name.ends_with(json)) return std::nullopt;
  file_name.remove_suffix(json.size());
  const std::size_t at = file_name.rfind(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view variant = file_name.substr(at + mark.size());
  if (!variant.empty() && variant.front() != '.') return std::nullopt;
  const std::string_view whole = file_name.substr(0, at);
  const std::size_t dot = whole.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return std::nullopt;
  return family{.stem = std::string(whole.substr(0, dot)).append(variant),
                .suffix = std::string(whole.substr(dot))};
}

/// The name of shard `number` (from 1) of `count`, with five digits or more:
/// "model-00001-of-00002.safetensors", and from the second generation on, which are saved where
/// shards lie already, "model-g2-00001-of-00002.safetensors".
inline std::string shard_name(const family& of, std::uint64_t generation, std::size_t number,
                              std::size_t count) {
  const auto digits = [](std::size_t n) {
    const std::string text = std::to_string(n);
    return std::string(text.size() < 5 ? 5 - text.size() : 0, '0') + text;
  };
  std::string name = of.stem;
  if (generation > 1) name.append("-g").append(std::to_string(generation));
  return name.append("-").append(digits(number)).append("-of-").append(digits(count)) + of.suffix;
}

/// The generation of a file that has the name of a shard of the family; nothing for others.
inline std::optional<std::uint64_t> generation_of(std::string_view file_name, const family& of) {
  if (file_name.size() < of.stem.size() + of.suffix.size() || !file_name.starts_with(of.stem) ||
      !file_name.ends_with(of.suffix)) {
    return std::nullopt;
  }
  file_name.remove_prefix(of.stem.size());
  file_name.remove_suffix(of.suffix.size());
  // Takes `mark` and the digits that follow it away.
  const auto take_number = [&](std::string_view mark,
                               std::size_t least) -> std::optional<std::uint64_t> {
    if (!file_name.starts_with(mark)) return std::nullopt;
    const char* first = file_name.data() + mark.size();
    std::uint64_t number = 0;
    const auto [end, code] = std::from_chars(first, file_name.data() + file_name.size(), number);
    if (code != std::errc{} || end < first + least) return std::nullopt;
    file_name.remove_prefix(static_cast<std::size_t>(end - file_name.data()));
    return number;
  };
  std::uint64_t generation = 1;
  if (file_name.starts_with("-g")) {
    if (file_name.starts_with("-g0")) return std::nullopt;
    const auto number = take_number("-g", 1);
    if (!number || *number < 2 || *number == std::numeric_limits<std::uint64_t>::max()) {
      return std::nullopt;
    }
    generation = *number;
  }
  if (!take_number("-", 5) || !take_number("-of-", 5) || !file_name.empty()) return std::nullopt;
  return generation;
}

/// Why a name in an index is none that a shard may have, or nothing. It must be a file of the
/// index's own folder on every system: none that Windows takes for a path or a drive either.
inline std::string_view fault_of_shard_name(std::string_view name, std::string_view suffix) {
  using namespace std::string_view_literals;
  if (name.empty()) return "an empty name";
  if (name.find('\0') != std::string_view::npos) return "a name with a NUL";
  if (name.find_first_of("/\\"sv) != std::string_view::npos) return "a path to another folder";
  if (name.find(':') != std::string_view::npos) return "a drive of Windows";
  if (name == "." || name == "..") return "a folder";
  if (name.size() <= suffix.size() || !name.ends_with(suffix)) return "another suffix";
  return {};
}

}  // namespace ingot::detail::index
