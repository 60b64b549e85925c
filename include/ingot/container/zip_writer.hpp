// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ingot/container/detail/zip_names.hpp>
#include <ingot/container/detail/zip_records.hpp>
#include <ingot/container/zip_format.hpp>
#include <ingot/core/error.hpp>
#include <ingot/io/crc32.hpp>
#include <ingot/io/sink.hpp>

namespace ingot {

/// Writes a zip file, byte for byte as torch.save lays it out: stored members whose payload starts
/// at a multiple of 64 bytes, CRC and sizes in a data descriptor, zip64 end records always. Sizes
/// are told beforehand, so members stream; the bytes depend on the members alone (no times). The
/// file is complete after finish(). The sink must outlive the writer.
class zip_writer {
 public:
  explicit zip_writer(sink& out, zip_case names = zip_case::ignored)
      : out_(out), start_(out.position()), names_(names) {}

  /// Starts a member of exactly `size` bytes. Throws value_error for a name that zip can't hold.
  void begin(std::string_view name, std::uint64_t size) {
    if (open_ || finished_) refuse(name, "a member begun within another one or after finish()");
    if (name.empty() || name.size() > 0xffff || name.find('\0') != name.npos) {
      refuse(name, "a name that is empty, longer than 65535 bytes, or holds a zero byte");
    }
    members_.push_back({.name = std::string(name), .size = size, .start = position(), .crc = 0});
    out_.write(detail::zip_local_header(members_.back()));
    open_ = true;
    left_ = size;
  }

  /// Writes the member's next bytes. Throws value_error where they are more than its size.
  void write(std::span<const std::byte> bytes) {
    // A slice is still in the cache when the sink copies it.
    constexpr std::size_t slice_size = 256 * 1024;
    if (!open_ || bytes.size() > left_) refuse_write("more bytes than the member's size");
    left_ -= bytes.size();
    while (!bytes.empty()) {
      const auto slice = bytes.first(std::min(bytes.size(), slice_size));
      members_.back().crc = crc32(members_.back().crc, slice);
      out_.write(slice);
      bytes = bytes.subspan(slice.size());
    }
  }

  /// Ends the member. Throws value_error where bytes are missing.
  void end() {
    if (!open_ || left_ != 0) refuse_write("fewer bytes than the member's size");
    open_ = false;
    if (members_.back().size != 0) out_.write(detail::zip_descriptor(members_.back()));
  }

  /// Writes a whole member.
  void add(std::string_view name, std::span<const std::byte> bytes) {
    begin(name, bytes.size());
    write(bytes);
    end();
  }
  void add(std::string_view name, std::string_view text) {
    add(name, std::as_bytes(std::span(text)));
  }

  /// Writes the directory. Throws value_error where two names are equal (up to ASCII case, unless
  /// zip_case::distinguished): no reader could tell them apart.
  void finish() {
    if (open_ || finished_) refuse_write("finish() within a member, or a second one");
    if (const auto* twice = detail::zip_names(members_, names_).duplicate(members_)) {
      refuse(twice->name, names_ == zip_case::ignored ? "two members of that name, up to ASCII case"
                                                      : "two members of that name");
    }
    finished_ = true;
    const std::uint64_t directory = position();
    for (const detail::zip_record& member : members_) {
      out_.write(detail::zip_central_header(member));
    }
    out_.write(detail::zip_end_records(members_.size(), directory, position() - directory));
  }

 private:
  std::uint64_t position() const noexcept { return out_.position() - start_; }

  [[noreturn]] void refuse(std::string_view name, const char* found) const {
    throw value_error({.file = out_.name(), .where = std::string(name), .found = found});
  }
  [[noreturn]] void refuse_write(const char* found) const {
    refuse(members_.empty() ? std::string_view("zip_writer") : members_.back().name, found);
  }

  sink& out_;
  std::uint64_t start_;  // the archive may follow other bytes; its offsets count from here
  zip_case names_;
  std::vector<detail::zip_record> members_;
  std::uint64_t left_ = 0;  // bytes of the open member to come
  bool open_ = false;
  bool finished_ = false;
};

}  // namespace ingot
