// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/container/zip_member.hpp>
#include <ingot/container/zip_reader.hpp>
#include <ingot/container/zip_writer.hpp>
#include <ingot/io/memory_sink.hpp>
#include <ingot/io/memory_source.hpp>

#include "container/crafted_zip.hpp"
#include "random.hpp"

namespace fuzz {

/// A member of a zip file, unpacked.
struct zip_part {
  std::string name;
  std::string content;
  bool deflated = false;
};

/// The members of a zip file that is whole and small; nothing of any other.
inline std::optional<std::vector<zip_part>> unpack_zip(std::string_view file) {
  constexpr std::uint64_t most = 64 << 10;
  try {
    const ingot::zip_reader zip(ingot::from_memory(std::as_bytes(std::span(file))));
    std::vector<zip_part> parts;
    std::uint64_t total = 0;
    for (const ingot::zip_entry& entry : zip.entries()) {
      if (entry.size > most || (total += entry.size) > most) return std::nullopt;
      std::string content(static_cast<std::size_t>(entry.size), '\0');
      ingot::open_member(zip.file(), entry)->read(0, std::as_writable_bytes(std::span(content)));
      parts.push_back({entry.name, std::move(content), entry.method != ingot::zip_method::stored});
    }
    return parts;
  } catch (const ingot::error&) {
    return std::nullopt;
  }
}

/// Changes a zip file by its members and builds it anew, with every size, offset and CRC right, and
/// then perhaps lets one field lie.
class zip_mutator {
 public:
  /// Changes the content of the member of that name.
  using member_change = std::function<void(const std::string& name, std::string& content)>;

  zip_mutator(random& dice, std::size_t most, member_change change = {})
      : dice_(dice), most_(most), change_member_(std::move(change)) {}

  void operator()(std::string& file) {
    auto parts = dice_.one_in(8) ? std::nullopt : unpack_zip(file);
    if (!parts) return dice_.one_in(2) ? lie(file) : mutate_bytes(file, most_);
    change(*parts);
    file = pack(*parts);
    if (dice_.one_in(4)) lie(file);
    if (file.size() > most_) file.resize(most_);
  }

 private:
  void change(std::vector<zip_part>& parts) {
    if (parts.empty() || dice_.one_in(16)) return parts.push_back({any_name(), "content", false});
    zip_part& chosen = parts[dice_.below(parts.size())];
    switch (dice_.below(change_member_ ? 24 : 8)) {
      case 0:
        return static_cast<void>(parts.erase(parts.begin() + (&chosen - parts.data())));
      case 1:
        return parts.push_back(zip_part(chosen));
      case 2:
        return std::swap(chosen, parts[dice_.below(parts.size())]);
      case 3:
        return static_cast<void>(chosen.deflated = !chosen.deflated);
      case 4:
        if (dice_.one_in(2)) return static_cast<void>(chosen.name = any_name());
        return mutate_bytes(chosen.name, chosen.name.size() + 8);
      default:
        if (change_member_) return change_member_(chosen.name, chosen.content);
        return mutate_bytes(chosen.content, chosen.content.size() + 16);
    }
  }

  std::string any_name() {
    constexpr std::array<std::string_view, 12> names{"archive/data.pkl",
                                                     "archive/data/0",
                                                     "archive/DATA.pkl",
                                                     "archive/version",
                                                     "archive/byteorder",
                                                     "a",
                                                     "/",
                                                     "a/../b",
                                                     "archive/.data/version",
                                                     "x/data.pkl",
                                                     "archive/data/1",
                                                     "\xff\xfe"};
    return std::string(names[dice_.below(names.size())]);
  }

  std::string pack(const std::vector<zip_part>& parts) {
    bool deflated = false;
    for (const zip_part& part : parts) deflated = deflated || part.deflated;
    // The writer refuses some names.
    if (!deflated && !dice_.one_in(4)) {
      try {
        return pack_as_torch(parts);
      } catch (const ingot::value_error&) {
      }
    }
    return pack_crafted(parts);
  }

  static std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  static std::string pack_as_torch(const std::vector<zip_part>& parts) {
    ingot::memory_sink out;
    ingot::zip_writer zip(out);
    for (const zip_part& part : parts) zip.add(part.name, part.content);
    zip.finish();
    return text_of(out.bytes());
  }

  std::string pack_crafted(const std::vector<zip_part>& parts) {
    std::vector<crafted::member> members;
    crafted::archive whole;
    std::uint32_t start = 0;
    for (const zip_part& part : parts) {
      const crafted::bytes plain = crafted::text(part.content);
      crafted::member made = part.deflated ? crafted::deflated(plain) : crafted::member{};
      if (!part.deflated) made.packed = plain;
      made.name = part.name.substr(0, 0xffff);
      if (dice_.one_in(4)) give_zip64(made, plain.size(), start);
      start += static_cast<std::uint32_t>(crafted::local(made).size());
      members.push_back(std::move(made));
    }
    if (dice_.one_in(8)) whole.comment = crafted::text("a comment");
    return text_of(crafted::zip(members, whole));
  }

  // Mostly the truth.
  void give_zip64(crafted::member& to, std::uint64_t size, std::uint64_t start) {
    constexpr std::uint32_t elsewhere = 0xffffffff;
    std::uint64_t packed_size = to.packed.size();
    if (dice_.one_in(4)) size = packed_size = dice_.number();
    if (dice_.one_in(16)) start = dice_.number();
    ingot::append_little(to.extra, std::uint16_t{1});
    ingot::append_little(to.extra, std::uint16_t{24});
    for (const std::uint64_t number : {size, packed_size, start}) {
      ingot::append_little(to.extra, number);
    }
    to.size = to.packed_size = to.offset = elsewhere;
  }

  struct field {
    std::size_t offset;
    std::size_t width;
  };

  static std::span<const field> fields_of(char signature) {
    static constexpr std::array<field, 12> central{{{8, 2},
                                                    {10, 2},
                                                    {16, 4},
                                                    {20, 4},
                                                    {24, 4},
                                                    {28, 2},
                                                    {30, 2},
                                                    {32, 2},
                                                    {42, 4},
                                                    {46, 1},
                                                    {46, 8},
                                                    {50, 8}}};
    static constexpr std::array<field, 7> local{
        {{6, 2}, {8, 2}, {14, 4}, {18, 4}, {26, 2}, {28, 2}, {30, 1}}};
    static constexpr std::array<field, 6> end{{{4, 2}, {8, 2}, {10, 2}, {12, 4}, {16, 4}, {20, 2}}};
    static constexpr std::array<field, 7> end64{
        {{4, 8}, {16, 4}, {20, 4}, {24, 8}, {32, 8}, {40, 8}, {48, 8}}};
    static constexpr std::array<field, 3> locator{{{4, 4}, {8, 8}, {16, 4}}};
    switch (signature) {
      case 1:
        return central;
      case 3:
        return local;
      case 5:
        return end;
      case 6:
        return end64;
      case 7:
        return locator;
      default:
        return {};
    }
  }

  // Changes one field of one record.
  void lie(std::string& file) {
    std::vector<std::size_t> records;
    for (std::size_t at = file.find("PK"); at != std::string::npos; at = file.find("PK", at + 2)) {
      if (at + 4 <= file.size() && !fields_of(file[at + 2]).empty()) records.push_back(at);
    }
    if (records.empty()) return mutate_bytes(file, most_);
    const std::size_t record = records[dice_.below(records.size())];
    const auto fields = fields_of(file[record + 2]);
    const field chosen = fields[dice_.below(fields.size())];
    const std::size_t place = record + chosen.offset;
    if (place + chosen.width > file.size()) return;
    std::uint64_t number = 0;
    std::memcpy(&number, file.data() + place, chosen.width);
    switch (dice_.below(4)) {
      case 0:
        number += dice_.below(9) - 4;
        break;
      case 1:
        number ^= std::uint64_t{1} << dice_.below(8 * chosen.width);
        break;
      case 2:
        number = dice_.below(file.size() + 1);
        break;
      default:
        number = dice_.number();
    }
    std::memcpy(file.data() + place, &number, chosen.width);
  }

  random& dice_;
  std::size_t most_;
  member_change change_member_;
};

}  // namespace fuzz
