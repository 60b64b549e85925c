// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/format/native/cursor.hpp>
#include <ingot/format/native/head.hpp>
#include <ingot/format/native/layout.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/io/endian.hpp>

#include "random.hpp"

namespace fuzz {

/// A record of Ingot's own stream in its parts.
struct native_record {
  std::vector<std::pair<std::uint64_t, std::string>> sections;
  std::string payloads;  ///< with the zeros between them
};

/// Changes a record by its sections and nodes and builds it anew, with every size and checksum
/// right, and then perhaps lets one of the head's fields lie.
class native_mutator {
 public:
  native_mutator(random& dice, std::size_t most) : dice_(dice), most_(most) {}

  void operator()(std::string& file) {
    native_record record;
    if (dice_.one_in(16) || !take_apart(file, record)) return mutate_bytes(file, most_);
    change(record);
    file = build(record);
    if (file.size() > most_) file.resize(most_);
  }

 private:
  using cursor = ingot::detail::native::cursor;
  static constexpr std::size_t head_size = ingot::detail::native::head::size;

  static std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  // Believes nothing but sizes, since what it gets may be damaged in any way.
  static bool take_apart(std::string_view file, native_record& into) {
    if (file.size() < 2 * head_size) return false;
    const auto bytes = std::as_bytes(std::span(file));
    const auto size = ingot::load_little<std::uint64_t>(bytes.data() + 16);
    if (size > file.size() - 2 * head_size) return false;
    try {
      cursor in(bytes.subspan(head_size, static_cast<std::size_t>(size)), "structure");
      while (!in.done()) {
        const std::uint64_t number = in.number();
        into.sections.emplace_back(number, text_of(in.octets()));
      }
    } catch (const ingot::format_error&) {
      return false;
    }
    const std::size_t start = head_size + static_cast<std::size_t>(padded(size));
    const std::size_t end = static_cast<std::size_t>(end_size(sizes_of(into).size()));
    if (file.size() > start + end) into.payloads = file.substr(start, file.size() - start - end);
    return true;
  }

  static std::uint64_t padded(std::uint64_t size) { return ingot::detail::native::aligned(size); }
  static std::uint64_t end_size(std::uint64_t count) {
    return ingot::detail::native::end_size(count);
  }

  // Of the storages; those that make sense.
  static std::vector<std::uint64_t> sizes_of(const native_record& record) {
    std::vector<std::uint64_t> sizes;
    try {
      for (const auto& [number, content] : record.sections) {
        if (number != 3) continue;
        cursor in(std::as_bytes(std::span(content)), "storages");
        for (std::size_t left = in.count("sizes"); left > 0; --left) sizes.push_back(in.number());
      }
    } catch (const ingot::format_error&) {
    }
    return sizes;
  }

  void change(native_record& record) {
    if (record.sections.empty() || dice_.one_in(32)) {
      record.sections.emplace_back(dice_.below(7), "content");
      return;
    }
    if (dice_.one_in(16)) return mutate_bytes(record.payloads, record.payloads.size() + 64);
    if (dice_.one_in(32)) {
      auto& removed = record.sections;
      removed.erase(removed.begin() + static_cast<std::ptrdiff_t>(dice_.below(removed.size())));
      return;
    }
    // Most is in the tree, which comes last.
    auto& [number, content] = dice_.one_in(4) ? record.sections[dice_.below(record.sections.size())]
                                              : record.sections.back();
    for (std::size_t times = 1 + dice_.below(3); times != 0; --times) change_content(content);
  }

  void change_content(std::string& content) {
    const std::size_t at = dice_.below(content.size() + 1);
    switch (dice_.below(6)) {
      case 0:
        return mutate_bytes(content, content.size() + 16);
      case 1:
        content.insert(at, node());
        return;
      case 2: {
        const std::string part = content.substr(at, 1 + dice_.below(12));
        content.insert(dice_.below(content.size() + 1), part);
        return;
      }
      case 3:
        content.erase(at, 1 + dice_.below(4));
        return;
      case 4:
        if (at < content.size()) content[at] = static_cast<char>(dice_.below(64));
        return;
      default:
        content.replace(std::min(at, content.size()), 1, number());
    }
  }

  std::string number() {
    std::string text;
    ingot::detail::native::append_number(text, dice_.one_in(2) ? dice_.below(70) : dice_.number());
    return text;
  }
  std::string small() { return std::string(1, static_cast<char>(dice_.below(5))); }

  // A node of any kind, sometimes one that can be referred to or that has an extension.
  std::string node() {
    constexpr std::array<char, 4> marks{0, 0, 0x40, static_cast<char>(0x80)};
    const char mark = marks[dice_.below(marks.size())];
    const auto kind = static_cast<unsigned char>(dice_.below(26));
    std::string made(1, static_cast<char>(kind | static_cast<unsigned char>(mark)));
    made += fields_of(kind);
    if (mark == static_cast<char>(0x80)) made += std::string(2, '\1');
    return made;
  }

  std::string fields_of(unsigned char kind) {
    switch (kind) {
      case 0:
      case 1:
      case 2:
      case 22:
        return {};
      case 4:
      case 7:
      case 8:
      case 9:
        return std::string("\x02", 1) + "ab";
      case 5:
        return std::string(8, static_cast<char>(dice_.below(256)));
      case 6:
        return std::string(16, static_cast<char>(dice_.below(256)));
      case 13:
      case 14:
      case 15:
        return small() + std::string(1, '\0');
      case 16:
        return std::string(1, '\2') + number() + number();
      case 19:
      case 20: {
        std::string made = number() + small();
        const std::size_t rank = dice_.below(3);
        made += static_cast<char>(rank);
        for (std::size_t i = 0; i < rank; ++i) made += dice_.one_in(2) ? small() : number();
        return made + small();
      }
      case 21:
        return small() + small();
      case 24:
      case 25:
        return small() + std::string(1, '\1') + "x";
      default:
        return dice_.one_in(2) ? small() : number();
    }
  }

  std::string build(const native_record& record) {
    using namespace ingot::detail::native;
    std::string structure;
    for (const auto& [number, content] : record.sections) {
      append_number(structure, number);
      append_octets(structure, content);
    }
    const std::size_t size = structure.size();
    structure.resize(static_cast<std::size_t>(padded(size)));
    std::vector<std::uint64_t> sizes = sizes_of(record);
    std::uint64_t total = 0;
    for (const std::uint64_t each : sizes) total += std::min<std::uint64_t>(padded(each), most_);
    std::string payloads = record.payloads;
    if (total <= most_ && !dice_.one_in(16)) payloads.resize(static_cast<std::size_t>(total));
    const std::string end = build_end(sizes, payloads);
    head fields{.structure_crc = ingot::crc32(0, std::as_bytes(std::span(structure))),
                .structure_size = size,
                .record_size = head::size + structure.size() + payloads.size() + end.size()};
    if (dice_.one_in(16)) lie(fields);
    return text_of(encode(fields)) + structure + payloads + end;
  }

  void lie(ingot::detail::native::head& fields) {
    switch (dice_.below(5)) {
      case 0:
        fields.record_size = dice_.number() / 64 * 64;
        break;
      case 1:
        fields.record_size = dice_.number();
        break;
      case 2:
        fields.structure_size = dice_.number();
        break;
      case 3:
        fields.major = static_cast<std::uint16_t>(dice_.below(3));
        break;
      default:
        fields.minor = static_cast<std::uint16_t>(dice_.number());
    }
  }

  static std::string build_end(const std::vector<std::uint64_t>& sizes, std::string_view payloads) {
    const auto bytes = std::as_bytes(std::span(payloads));
    std::vector<std::byte> end(static_cast<std::size_t>(end_size(sizes.size())));
    std::uint64_t at = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (at > bytes.size() || sizes[i] > bytes.size() - at) break;
      const auto storage =
          bytes.subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(sizes[i]));
      ingot::store_little(end.data() + 4 * i, ingot::crc32(0, storage));
      at += padded(sizes[i]);
    }
    const auto covered = std::span(end).first(end.size() - 4);
    ingot::store_little(end.data() + covered.size(), ingot::crc32(0, covered));
    return text_of(end);
  }

  random& dice_;
  std::size_t most_;
};

}  // namespace fuzz
