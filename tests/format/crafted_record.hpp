// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/archive/binary.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/io/memory_sink.hpp>
#include <ingot/io/memory_source.hpp>

/// Records of the native stream, put together by hand from docs/formats.md.
namespace native_record {

using namespace std::string_literals;

inline std::string number(std::uint64_t value) {
  std::string bytes;
  do {
    bytes += static_cast<char>((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>= 7;
  } while (value != 0);
  return bytes;
}

inline std::string text(std::string_view octets) {
  return number(octets.size()) + std::string(octets);
}

inline std::string section(std::uint64_t id, std::string_view content) {
  return number(id) + text(content);
}

inline std::string names(std::initializer_list<std::string_view> all) {
  std::string content = number(all.size());
  for (const std::string_view each : all) content += text(each);
  return section(2, content);
}

inline std::string sizes(std::initializer_list<std::uint64_t> all) {
  std::string content = number(all.size());
  for (const std::uint64_t each : all) content += number(each);
  return section(3, content);
}

inline std::string tree(std::string_view nodes) { return section(4, nodes); }

inline std::uint32_t crc(std::string_view of) {
  return ingot::crc32(0, std::as_bytes(std::span(of)));
}

inline void pad(std::string& to) { to.resize((to.size() + 63) / 64 * 64); }

struct head {
  std::uint16_t major = 1;
  std::uint16_t minor = 0;
  std::string reserved = std::string(28, '\0');
};

/// A whole record, checksums and all.
inline std::string record(std::string sections, const std::vector<std::string>& payloads = {},
                          const head& start = {}) {
  const std::uint64_t size = sections.size();
  pad(sections);
  std::string body, end;
  for (const std::string& each : payloads) {
    body += each;
    pad(body);
    ingot::append_little(end, crc(each));
  }
  end.resize((end.size() + 4 + 63) / 64 * 64 - 4);
  ingot::append_little(end, crc(end));
  std::string result = "\x89INGOT\r\n";
  ingot::append_little(result, start.major);
  ingot::append_little(result, start.minor);
  ingot::append_little(result, crc(sections));
  ingot::append_little(result, size);
  ingot::append_little(result, std::uint64_t{64} + sections.size() + body.size() + end.size());
  result += start.reserved;
  ingot::append_little(result, crc(result));
  return result + sections + body + end;
}

/// One whose tree has these nodes and refers to these names; the only storage has 24 bytes.
inline std::string of_nodes(std::string_view nodes,
                            std::initializer_list<std::string_view> known = {}) {
  return record(names(known) + sizes({24}) + tree(nodes), {"abcdefghijklmnopqrstuvwx"});
}

inline ingot::contents read(std::string_view record) {
  const auto bytes = std::as_bytes(std::span(record));
  return ingot::binary::read(
      ingot::from_memory(std::vector<std::byte>(bytes.begin(), bytes.end()), "r.ingot"));
}

/// What the refusal of a record says; empty where it is read.
inline std::string refusal(std::string_view record) {
  try {
    read(record);
  } catch (const ingot::format_error& failure) {
    return failure.what();
  }
  return {};
}

inline std::string written(const ingot::value& state,
                           const ingot::value& metadata = ingot::dict{}) {
  ingot::memory_sink out;
  ingot::binary::write(state, out, {.metadata = metadata});
  return {reinterpret_cast<const char*>(out.bytes().data()), out.bytes().size()};
}

inline bool contains(std::string_view where, std::string_view what) {
  return where.find(what) != std::string_view::npos;
}

}  // namespace native_record
