// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/container/tar.hpp>
#include <ingot/core/error.hpp>
#include <ingot/format/pickle/measure.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/io/memory_source.hpp>

#include "format/pickled.hpp"
#include "pickle_mutator.hpp"
#include "random.hpp"
#include "storages.hpp"

namespace fuzz {

/// Changes PyTorch's files of before 1.6: pickles one after another, with numbers and elements
/// between and after them; in a tar file, the members.
class legacy_mutator {
 public:
  legacy_mutator(random& dice, std::size_t most) : dice_(dice), most_(most) {}

  void operator()(std::string& file) {
    if (dice_.one_in(16)) return mutate_bytes(file, most_);
    ingot::is_tar(std::as_bytes(std::span(file))) ? change_tar(file) : change_pickles(file);
    if (file.size() > most_) file.resize(most_);
  }

 private:
  struct piece {
    std::string bytes;
    bool is_pickle = false;
  };

  // Bytes of the pickle that the text begins with; 0 where there is none.
  static std::size_t pickle_size(std::string_view text) {
    if (text.size() < 3 || text[0] != '\x80' || text[1] < 2 || text[1] > 5) return 0;
    try {
      const ingot::memory_source from(std::as_bytes(std::span(text)));
      return static_cast<std::size_t>(ingot::detail::pickle::measurer(from, 0).run());
    } catch (const ingot::format_error&) {
      return 0;
    }
  }

  static std::vector<piece> split(std::string_view file) {
    std::vector<piece> pieces;
    while (!file.empty()) {
      std::size_t size = pickle_size(file);
      const bool is_pickle = size != 0;
      if (!is_pickle) size = std::min(file.size(), file.find('\x80', 1));
      if (is_pickle || pieces.empty() || pieces.back().is_pickle) pieces.push_back({"", is_pickle});
      pieces.back().bytes += file.substr(0, size);
      file.remove_prefix(size);
    }
    return pieces;
  }

  void change_pickles(std::string& file) {
    std::vector<piece> pieces = split(file);
    if (pieces.empty()) return mutate_bytes(file, most_);
    // Of a whole file the fourth pickle is the object; the others are three, and small.
    const bool whole = pieces.size() >= 5;
    const std::size_t at = whole && !dice_.one_in(4) ? 3 : dice_.below(pieces.size());
    change_piece(pieces[at]);
    if (whole && !dice_.one_in(4)) supply_storages(pieces);
    file.clear();
    for (const piece& each : pieces) file += each.bytes;
  }

  void change_piece(piece& of) {
    if (of.is_pickle) return pickle_mutator(dice_, of.bytes.size() + 128)(of.bytes);
    if (of.bytes.size() >= 8 && dice_.one_in(2)) {
      const std::uint64_t number = dice_.one_in(2) ? dice_.below(9) : dice_.number();
      const std::size_t at = dice_.below(of.bytes.size() / 8) * 8;
      std::memcpy(of.bytes.data() + at, &number, sizeof number);
    } else {
      mutate_bytes(of.bytes, of.bytes.size() + 16);
    }
  }

  // Lists the storages that the object names, and puts their bytes after the list.
  static void supply_storages(std::vector<piece>& pieces) {
    std::string keys = "\x80\x02](";
    std::string elements;
    constexpr std::size_t largest = 512;
    for (const auto& [key, each] :
         storages_in(std::as_bytes(std::span(pieces[3].bytes)), largest)) {
      keys += pickled::text(key);
      ingot::append_little(elements, each.numel);
      elements.append(each.size, '\x01');
    }
    pieces.resize(4);
    pieces.push_back({keys + "e.", true});
    pieces.push_back({std::move(elements), false});
  }

  void change_tar(std::string& file) {
    std::vector<std::pair<std::string, std::string>> members;
    try {
      for (const ingot::tar_entry& each :
           ingot::read_tar(ingot::memory_source(std::as_bytes(std::span(file))))) {
        members.emplace_back(each.name, file.substr(each.offset, each.size));
      }
    } catch (const ingot::format_error&) {
    }
    if (members.empty() || dice_.one_in(8)) return change_header(file);
    auto& [name, content] = members[dice_.below(members.size())];
    if (dice_.one_in(16)) {
      constexpr std::array<std::string_view, 4> names{"storages", "tensors", "pickle", "other"};
      name = names[dice_.below(names.size())];
    } else {
      std::vector<piece> pieces = split(content);
      if (pieces.empty()) pieces.push_back({"", false});
      change_piece(pieces[dice_.below(pieces.size())]);
      content.clear();
      for (const piece& each : pieces) content += each.bytes;
    }
    file.clear();
    for (const auto& each : members) append_member(file, each.first, each.second);
    file.append(512, '\0');
  }

  static void append_member(std::string& file, std::string_view name, std::string_view content) {
    std::string header(512, '\0');
    header.replace(0, std::min<std::size_t>(name.size(), 100), name.substr(0, 100));
    std::array<char, 16> digits{};
    std::snprintf(digits.data(), digits.size(), "%011zo", content.size());
    header.replace(124, 11, digits.data());
    header[156] = '0';
    header.replace(257, 8, "ustar  ");
    seal(header);
    file += header;
    file += content;
    file.resize((file.size() + 511) / 512 * 512);
  }

  static void seal(std::string& header) {
    header.replace(148, 8, "        ");
    unsigned sum = 0;
    for (const char each : header.substr(0, 512)) sum += static_cast<unsigned char>(each);
    std::array<char, 16> digits{};
    std::snprintf(digits.data(), digits.size(), "%06o", sum & 0777777u);
    header.replace(148, 7, std::string(digits.data(), 6) + '\0');
  }

  // A header that lies, under a checksum that is right.
  void change_header(std::string& file) {
    if (file.size() < 512) return mutate_bytes(file, most_);
    const std::size_t start = dice_.below(file.size() / 512) * 512;
    std::string header = file.substr(start, 512);
    constexpr std::array<std::size_t, 6> fields{0, 124, 124, 156, 257, 345};
    const std::size_t at = fields[dice_.below(fields.size())];
    if (at == 156) {
      constexpr std::string_view kinds("05xg2\0", 6);
      header[at] = kinds[dice_.below(kinds.size())];
    } else {
      std::string content = header.substr(at, 12);
      mutate_bytes(content, 12);
      content.resize(12);
      header.replace(at, 12, content);
    }
    seal(header);
    file.replace(start, 512, header);
  }

  random& dice_;
  std::size_t most_;
};

}  // namespace fuzz
