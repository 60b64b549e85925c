// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <ingot/container/detail/zip_directory.hpp>
#include <ingot/container/detail/zip_names.hpp>
#include <ingot/container/zip_format.hpp>
#include <ingot/core/error.hpp>
#include <ingot/io/endian.hpp>
#include <ingot/io/source.hpp>

namespace ingot {

/// Whether a file begins as a zip file does, given its first 4 bytes or more. As in PyTorch,
/// nothing may stand before the first member (so a self-extracting program isn't one).
inline bool is_zip(std::span<const std::byte> head) noexcept {
  if (head.size() < 4) return false;
  const auto signature = load_little<std::uint32_t>(head.data());
  return signature == detail::zip_local_signature || signature == detail::zip64_end_signature ||
         signature == detail::zip_end_signature;
}

/// The members of a zip file. The constructor reads the directory and every local header, in memory
/// bounded by the directory's bytes, and throws format_error unless all of it is consistent: names
/// equal in both places and unique (up to ASCII case, unless zip_case::distinguished), members
/// apart from each other and from the directory, nothing encrypted, stored or deflated only, sizes
/// possible.
class zip_reader {
 public:
  explicit zip_reader(source_ptr file, zip_case names = zip_case::ignored)
      : file_(std::move(file)),
        entries_(detail::read_zip_directory(*file_)),
        names_(entries_, names) {
    if (const zip_entry* twice = names_.duplicate(entries_)) {
      throw format_error({.file = file_->name(),
                          .where = twice->name,
                          .expected = names == zip_case::ignored
                                          ? "one record of that name, up to ASCII case"
                                          : "one record of that name",
                          .found = "two",
                          .remedy = "readers differ in which one they take; write the file again"});
    }
  }

  const source_ptr& file() const noexcept { return file_; }

  /// In the order of the directory.
  std::span<const zip_entry> entries() const noexcept { return entries_; }

  /// The member of that name, of whose case the constructor decided; null where there is none.
  const zip_entry* find(std::string_view name) const { return names_.find(entries_, name); }

 private:
  source_ptr file_;
  std::vector<zip_entry> entries_;
  detail::zip_names names_;
};

}  // namespace ingot
