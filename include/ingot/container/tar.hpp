// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/core/checked.hpp>
#include <ingot/core/error.hpp>
#include <ingot/io/source.hpp>

namespace ingot {

/// A file in a tar file.
struct tar_entry {
  std::string name{};
  std::uint64_t offset = 0;  ///< of its bytes
  std::uint64_t size = 0;
};

/// Whether a file begins as a tar file does: POSIX's or GNU's "ustar" at byte 257 (tar(5)).
inline bool is_tar(std::span<const std::byte> head) noexcept {
  constexpr std::string_view mark = "ustar";
  if (head.size() < 512) return false;
  return std::string_view(reinterpret_cast<const char*>(head.data()) + 257, mark.size()) == mark;
}

namespace detail {

/// Reads the headers of a tar file.
class tar_reader {
 public:
  explicit tar_reader(const source& file) : file_(file) {}

  std::vector<tar_entry> run() {
    while (file_.size() - at_ >= block && next()) {
    }
    return std::move(entries_);
  }

 private:
  static constexpr std::uint64_t block = 512;

  // An all-zero block ends the file.
  bool next() {
    file_.read(at_, header_);
    if (std::ranges::all_of(header_, [](std::byte each) { return each == std::byte{0}; })) {
      return false;
    }
    check_sum();
    const std::uint64_t size = number(124, 12);
    const std::uint64_t start = at_ + block;
    if (size > file_.size() - start) fail("a member of " + std::to_string(size) + " bytes");
    const char kind = static_cast<char>(header_[156]);
    if (kind == '0' || kind == '\0') {
      entries_.push_back({.name = name(), .offset = start, .size = size});
    } else if (kind != '5' && kind != 'x' && kind != 'g') {
      fail(std::string("a member of type '") + kind + '\'');
    } else if (kind != '5') {
      check_extensions(start, size);
    }
    const std::uint64_t blocks = size / block + (size % block != 0 ? 1 : 0);
    at_ = std::min(start + blocks * block, file_.size());
    return true;
  }

  std::string_view text(std::size_t at, std::size_t length) const {
    const std::string_view whole(reinterpret_cast<const char*>(header_.data()) + at, length);
    return whole.substr(0, whole.find('\0'));
  }

  std::string name() const {
    const bool posix = text(257, 6) == "ustar" && header_[263] == std::byte{'0'};
    const std::string_view folder = posix ? text(345, 155) : std::string_view();
    std::string result(folder);
    if (!folder.empty()) result += '/';
    return result += text(0, 100);
  }

  /// Octal digits, with spaces around them.
  std::uint64_t number(std::size_t at, std::size_t length) const {
    std::string_view digits = text(at, length);
    while (digits.starts_with(' ')) digits.remove_prefix(1);
    while (digits.ends_with(' ')) digits.remove_suffix(1);
    std::uint64_t result = 0;
    for (const char each : digits) {
      if (each < '0' || each > '7') fail("a number that isn't octal");
      result = result * 8 + static_cast<std::uint64_t>(each - '0');  // 12 digits: 36 bits
    }
    return result;
  }

  // The sum of the header's bytes, its own taken for spaces.
  void check_sum() const {
    std::uint64_t sum = 8 * std::uint64_t{' '};
    for (std::size_t i = 0; i < header_.size(); ++i) {
      if (i < 148 || i >= 156) sum += static_cast<std::uint64_t>(header_[i]);
    }
    if (number(148, 8) != sum) fail("a header with another checksum");
  }

  // Extended headers may say times and owners: one that names or sizes the next member otherwise is
  // how two programs are made to see two files.
  void check_extensions(std::uint64_t start, std::uint64_t size) const {
    constexpr std::uint64_t longest = 64 * 1024;
    if (size > longest) fail("an extended header of " + std::to_string(size) + " bytes");
    std::string all(static_cast<std::size_t>(size), '\0');
    file_.read(start, std::as_writable_bytes(std::span(all)));
    for (const std::string_view key : {" path=", " size=", " linkpath=", " GNU."}) {
      if (all.find(key) != std::string::npos) fail("an extended header with" + std::string(key));
    }
  }

  [[noreturn]] void fail(std::string found) const {
    throw format_error({.file = file_.name(),
                        .where = "byte " + std::to_string(at_),
                        .expected = "a plain member of a tar file, within the file",
                        .found = std::move(found),
                        .remedy = "the file is damaged, or no checkpoint"});
  }

  const source& file_;
  std::uint64_t at_ = 0;
  std::array<std::byte, block> header_{};
  std::vector<tar_entry> entries_;
};

}  // namespace detail

/// The files in a tar file, in their order; folders are left out. Throws format_error for links,
/// long names, sizes beyond 64 GiB and headers that give a member another name or size: what
/// PyTorch of before 0.1.10 wrote has none of them.
inline std::vector<tar_entry> read_tar(const source& file) {
  return detail::tar_reader(file).run();
}

}  // namespace ingot
