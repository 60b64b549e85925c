// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <ingot/io/bounds.hpp>
#include <ingot/io/detail/posix.hpp>
#include <ingot/io/source.hpp>

namespace ingot {

namespace detail {
template <class Posix>
class basic_file_source final : public source {
 public:
  explicit basic_file_source(const std::filesystem::path& path)
      : basic_file_source(open_to_read<Posix>(path.string()), path.string()) {}

  /// Takes an open file over; `path` is what messages call it.
  basic_file_source(unique_fd<Posix> file, std::string path)
      : file_(std::move(file)), path_(std::move(path)), folder_(fixed_path(path_).parent_path()) {
    const struct stat facts = facts_of<Posix>(file_.get(), path_);
    if (!S_ISREG(facts.st_mode)) throw_system_error(path_, "positioned read", ESPIPE);
    size_ = static_cast<std::uint64_t>(facts.st_size);
  }

  const std::string& name() const noexcept override { return path_; }
  std::uint64_t size() const noexcept override { return size_; }

  source_ptr sibling(const std::string& file_name) const override {
    return std::make_shared<basic_file_source>(folder_ / file_name);
  }

  void read(std::uint64_t offset, std::span<std::byte> into) const override {
    check_range(path_, size_, offset, into.size());
    while (!into.empty()) {
      const std::size_t wanted = std::min(into.size(), max_transfer);
      const ssize_t got = retry_interrupted([&] {
        return Posix::pread(file_.get(), into.data(), wanted, static_cast<off_t>(offset));
      });
      if (got < 0) throw_system_error(path_, "read", errno);
      // The file had more when it was opened: another program cut it.
      if (got == 0) check_range(path_, offset, offset, into.size());
      offset += static_cast<std::uint64_t>(got);
      into = into.subspan(static_cast<std::size_t>(got));
    }
  }

 private:
  unique_fd<Posix> file_;
  std::string path_;
  std::filesystem::path folder_;
  std::uint64_t size_ = 0;
};
}  // namespace detail

/// A regular file, read by position. It stays open: a save that renames a new file over the path
/// doesn't change what this source reads. Throws file_error where it can't be opened.
using file_source = detail::basic_file_source<detail::posix>;

}  // namespace ingot
