// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/format/json/write.hpp>
#include <ingot/format/safetensors/read.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/io/memory_source.hpp>

#include "random.hpp"
#include "text_mutator.hpp"

namespace fuzz {

/// Changes a safetensors file: the text of its header, whose length then fits; or a tensor of it,
/// after which the offsets of all fit too.
class safetensors_mutator {
 public:
  safetensors_mutator(random& dice, std::size_t most) : dice_(dice), most_(most) {}

  void operator()(std::string& file) {
    if (file.size() < 8 || dice_.one_in(16)) return mutate_bytes(file, most_);
    auto described = dice_.one_in(3) ? std::nullopt : read(file);
    if (described) {
      file = build(*described);
    } else {
      change_text(file);
    }
    if (file.size() > most_) file.resize(most_);
  }

 private:
  using header = ingot::detail::safetensors::header;

  static std::optional<header> read(std::string_view file) {
    try {
      return ingot::detail::safetensors::read_header(
          ingot::memory_source(std::as_bytes(std::span(file))));
    } catch (const ingot::format_error&) {
      return std::nullopt;
    }
  }

  static std::string with_length(std::uint64_t length, std::string_view text) {
    std::string file;
    ingot::append_little(file, length);
    return file.append(text);
  }

  void change_text(std::string& file) {
    static constexpr std::array<std::string_view, 40> words{"{",
                                                            "}",
                                                            "[",
                                                            "]",
                                                            ",",
                                                            ":",
                                                            "\"",
                                                            "\\",
                                                            "null",
                                                            "true",
                                                            "1.0",
                                                            "1e2",
                                                            "-0",
                                                            "\"F32\"",
                                                            "\"F4\"",
                                                            "\"F6_E2M3\"",
                                                            "\"I64\"",
                                                            "\"BOOL\"",
                                                            "\"dtype\":",
                                                            "\"shape\":",
                                                            "\"data_offsets\":",
                                                            "\"__metadata__\":",
                                                            "\"a\":\"b\"",
                                                            "\"x\":{}",
                                                            "[0]",
                                                            "[0,4]",
                                                            "[0,0]",
                                                            "[]",
                                                            "{}",
                                                            "\\u0041",
                                                            "\\ud800",
                                                            "\\ud834\\udd1e",
                                                            " ",
                                                            "\n",
                                                            "\xc3\xa9",
                                                            "\"ingot.crc32\":",
                                                            "{\"F32\":null}",
                                                            "1e309",
                                                            "[[[[[[[[",
                                                            "0.1"};
    std::uint64_t length = 0;
    std::memcpy(&length, file.data(), sizeof length);
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(length, file.size() - 8));
    std::string text = file.substr(8, size);
    const std::string data = file.substr(8 + size);
    text_mutator(dice_, words)(text, text.size() + 64);
    file = with_length(dice_.one_in(16) ? dice_.number() : text.size(), text) + data;
  }

  void change(header& described) {
    auto& tensors = described.tensors;
    if (tensors.empty() || dice_.one_in(8)) return tensors.push_back({.name = "new"});
    const std::size_t at = dice_.below(tensors.size());
    switch (dice_.below(6)) {
      case 0:
        return static_cast<void>(tensors.erase(tensors.begin() + static_cast<std::ptrdiff_t>(at)));
      case 1:
        return tensors.push_back(ingot::detail::safetensors::description(tensors[at]));
      case 2:
        return mutate_bytes(tensors[at].name, tensors[at].name.size() + 4);
      case 3:
        return static_cast<void>(described.metadata.emplace_back(any_key(described), "text"));
      case 4:
        tensors[at].type = any_type();
        return;
      default:
        tensors[at].shape = any_shape();
    }
  }

  std::string any_key(const header& described) {
    if (described.tensors.empty() || dice_.one_in(2)) return "key";
    return described.tensors[dice_.below(described.tensors.size())].name;
  }

  ingot::dtype any_type() {
    for (;;) {
      const ingot::dtype_info& row = ingot::dtype_table[dice_.below(ingot::dtype_table.size())];
      if (!row.safetensors.empty()) return row.type;
    }
  }

  ingot::shape any_shape() {
    std::vector<std::int64_t> extents(dice_.below(4));
    for (auto& each : extents) {
      each = static_cast<std::int64_t>(dice_.one_in(16) ? dice_.number() : dice_.below(9));
    }
    return ingot::shape(std::span<const std::int64_t>(extents));
  }

  // The offsets are right where the sizes are small, but for one in sixteen.
  std::string build(header& described) {
    change(described);
    std::string text = "{";
    const char* separator = "";
    if (!described.metadata.empty()) {
      text += "\"__metadata__\":{";
      for (const auto& [key, content] : described.metadata) {
        text += separator;
        ingot::detail::json::append_string(text, key);
        text += ':';
        ingot::detail::json::append_string(text, content);
        separator = ",";
      }
      text += '}';
    }
    std::uint64_t end = 0;
    for (const auto& each : described.tensors) {
      const auto count = static_cast<std::uint64_t>(ingot::element_count(each.shape).value_or(0));
      const std::uint64_t size = std::min<std::uint64_t>(count, most_) *
                                 ingot::detail::safetensors::bits_of(each.type) / 8;
      text += separator;
      append_entry(text, each, end, end + size + (dice_.one_in(64) ? 1 : 0));
      end += size;
      separator = ",";
    }
    text += dice_.one_in(16) ? " } " : "}";
    std::string data(static_cast<std::size_t>(std::min<std::uint64_t>(end, most_)), '\1');
    return with_length(text.size(), text) + data;
  }

  void append_entry(std::string& to, const ingot::detail::safetensors::description& each,
                    std::uint64_t begin, std::uint64_t end) {
    ingot::detail::json::append_string(to, each.name);
    to += ":{\"dtype\":\"" + std::string(ingot::info(each.type).safetensors) + "\",\"shape\":[";
    for (std::size_t i = 0; i < each.shape.rank(); ++i) {
      to += (i == 0 ? "" : ",") + std::to_string(each.shape[i]);
    }
    to += "],\"data_offsets\":[" + std::to_string(begin) + ',' + std::to_string(end) + "]}";
  }

  random& dice_;
  std::size_t most_;
};

}  // namespace fuzz
